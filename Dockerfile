# sdvbench on NVIDIA's TensorRT image, for W1 (CUDA) and W2:
#
#   docker build -t sdvbench .
#   docker run --rm --gpus all --pid=host -v sdvbench:/cache -v "$PWD/results:/sdvbench/results" sdvbench
#
# With the host's ids of processes, others on the GPU can be told from sdvbench itself.
# Any tag that holds TensorRT 11 will do; its release notes name the driver that it needs.
ARG TENSORRT=26.07-py3
FROM nvcr.io/nvidia/tensorrt:${TENSORRT}

WORKDIR /sdvbench
# An environment of its own that sees the image's TensorRT, so that pip brings no second one.
RUN python3 -m venv --system-site-packages /opt/sdvbench
ENV PATH=/opt/sdvbench/bin:$PATH SDVBENCH_CACHE=/cache
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY src src
RUN pip install --no-cache-dir -c constraints.txt onnxruntime-gpu nvidia-ml-py . \
    && python3 -c "import tensorrt; print('TensorRT', tensorrt.__version__)"
COPY conftest.py pytest.ini ./
COPY perf perf
COPY accuracy accuracy
COPY baselines baselines
VOLUME /cache
CMD ["pytest", "perf", "accuracy", "--sdv-device", "cuda", "--benchmark-json=results/gpu.json"]
