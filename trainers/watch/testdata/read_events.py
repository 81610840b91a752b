"""Prints as JSON what TensorBoard reads from the folder of event files that is the argument."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

files = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "histograms": 0, "tensors": 0, "images": 0})
files.Reload()
tags = files.Tags()
print(json.dumps({
    "scalars": {tag: [[e.step, e.value] for e in files.Scalars(tag)] for tag in tags["scalars"]},
    "histograms": {
        tag: [
            {
                "step": e.step, "min": e.histogram_value.min, "max": e.histogram_value.max,
                "count": e.histogram_value.num, "sum": e.histogram_value.sum,
                "sum_squares": e.histogram_value.sum_squares,
                "limits": list(e.histogram_value.bucket_limit), "counts": list(e.histogram_value.bucket),
            }
            for e in files.Histograms(tag)
        ]
        for tag in tags["histograms"]
    },
    "images": {tag: [[e.step, e.width, e.height] for e in files.Images(tag)] for tag in tags["images"]},
    "texts": {
        tag: [[e.step, e.tensor_proto.string_val[0].decode()] for e in files.Tensors(tag)]
        for tag in tags["tensors"]
        if files.SummaryMetadata(tag).plugin_data.plugin_name == "text"
    },
}))
