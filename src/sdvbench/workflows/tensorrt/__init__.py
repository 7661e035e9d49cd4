"""TensorRT: from ONNX files to plans, and from plans to engines."""
