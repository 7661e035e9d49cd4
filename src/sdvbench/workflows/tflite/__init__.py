"""TensorFlow Lite files: planned, converted, checked and run."""
