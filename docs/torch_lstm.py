#!/usr/bin/env python3
"""Load the LSTM cells of an Elman model into torch.nn.LSTM.

    torch_lstm.py weights.safetensors PATH [input.json]

PATH is the path of one cell, or of a stack, whose cells are PATH/0, PATH/1 and so on. input.json is a list
[T][B][I] of numbers; without it the input is zeros, 3 timesteps of one sequence. Prints {"y": [T][B][H],
"h": [L][B][H], "c": [L][B][H]} as JSON.
"""
import json
import struct
import sys

import torch


def read(path):
    """The tensors of a safetensors file, by name."""
    with open(path, "rb") as f:
        data = f.read()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    kinds = {"F32": torch.float32, "F64": torch.float64}
    tensors = {}
    for name, t in header.items():
        if name != "__metadata__":
            begin, end = t["data_offsets"]
            flat = torch.frombuffer(bytearray(data[8 + size + begin : 8 + size + end]), dtype=kinds[t["dtype"]])
            tensors[name] = flat.reshape(t["shape"])
    return tensors


def lstm(tensors, path):
    """A torch.nn.LSTM with the weights of the cells under path."""
    cells = [path]
    if path + "/wx" not in tensors:
        cells = []
        while f"{path}/{len(cells)}/wx" in tensors:
            cells.append(f"{path}/{len(cells)}")
    if not cells:
        sys.exit(f"no cell at {path}; there are {', '.join(sorted(tensors))}")
    inputs, hidden = tensors[cells[0] + "/wx"].shape[0], tensors[cells[0] + "/wh"].shape[0]
    net = torch.nn.LSTM(inputs, hidden, num_layers=len(cells), dtype=tensors[cells[0] + "/wx"].dtype)
    with torch.no_grad():
        for layer, cell in enumerate(cells):
            # Elman: x·wx + h·wh + b, blocks i f g o. PyTorch: wih·x + bih + whh·h + bhh, the same blocks.
            getattr(net, f"weight_ih_l{layer}").copy_(tensors[cell + "/wx"].T)
            getattr(net, f"weight_hh_l{layer}").copy_(tensors[cell + "/wh"].T)
            getattr(net, f"bias_ih_l{layer}").copy_(tensors[cell + "/b"][0])
            getattr(net, f"bias_hh_l{layer}").zero_()
    return net


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    net = lstm(read(sys.argv[1]), sys.argv[2])
    dtype = net.weight_ih_l0.dtype
    x = torch.zeros(3, 1, net.input_size, dtype=dtype)
    if len(sys.argv) == 4:
        with open(sys.argv[3]) as f:
            x = torch.tensor(json.load(f), dtype=dtype)
    with torch.no_grad():
        y, (h, c) = net(x)
    print(json.dumps({"y": y.tolist(), "h": h.tolist(), "c": c.tolist()}))


if __name__ == "__main__":
    main()
