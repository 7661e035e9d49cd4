"""Workflows by name; each file holds one."""

from sdvbench.registry import Registry

__all__ = ["WORKFLOWS"]

WORKFLOWS = Registry(
    "workflow",
    "sdvbench.workflows",
    {
        "Wd": "sdvbench.workflows.wd_pytorch:PyTorchDefault",
        "W0": "sdvbench.workflows.w0_torch_tensorrt:TorchTensorRT",
        "W1": "sdvbench.workflows.w1_onnx_runtime:OnnxRuntime",
        "W2": "sdvbench.workflows.w2_torch_onnx_tensorrt:TorchOnnxTensorRT",
        "OpenVINO": "sdvbench.workflows.openvino:OpenVino",
        "Inductor": "sdvbench.workflows.inductor:Inductor",
        "LiteRT": "sdvbench.workflows.litert:LiteRT",
        "TorchScript": "sdvbench.workflows.torchscript:TorchScript",
    },
)
