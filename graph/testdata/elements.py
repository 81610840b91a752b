"""Writes types.safetensors, with a tensor of each type of elements, and float64.safetensors.

    pip install safetensors==0.8.0 numpy==2.4.6 ml_dtypes
    python elements.py
"""

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

halves = [0.0, -0.0, 1.0, -2.5, 65504.0, 6.103515625e-05, 5.960464477539063e-08, np.inf, -np.inf]
save_file(
    {
        "f32": np.array([[1.5, -2.0, np.inf]], np.float32),
        "f16": np.array(halves, np.float16),
        "bf16": np.array([0.0, -1.0, 3.140625, 3.3895313892515355e38], ml_dtypes.bfloat16),
        "i64": np.array([-(2**24), 7], np.int64),
        "i32": np.array([-3, 4], np.int32),
        "i16": np.array([-32768, 32767], np.int16),
        "i8": np.array([-128, 127], np.int8),
        "u64": np.array([2**24], np.uint64),
        "u32": np.array([5], np.uint32),
        "u16": np.array([65535], np.uint16),
        "u8": np.array([255, 0], np.uint8),
        "bool": np.array([[True], [False]]),
        "scalar": np.array(0.25, np.float32),
        "step": np.array(1200, np.int64),
        "empty": np.zeros((0, 3), np.float32),
    },
    "types.safetensors",
    metadata={"format": "np", "note": "grüße"},
)
save_file({"w": np.array([1.0, 1e-300]), "n": np.array([2**53], np.int64)}, "float64.safetensors")
