"""A session of ONNX Runtime, as every server opens it."""

from typing import Any

from servebench.errors import ServebenchError

# What is sent of each type of an input; a text is an object of Python.
DTYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(bool)": "bool",
    "tensor(string)": "object",
}


def open_session(content: bytes, threads: int) -> Any:
    """The model on so many threads, one operator after the other; raises what ONNX Runtime raises."""
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise ServebenchError("the package onnxruntime is missing: install it beside servebench") from None
    return onnxruntime
