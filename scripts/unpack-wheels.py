"""Checks downloaded wheels against known SHA-256 sums and unpacks what a C++ program needs of them.

usage: unpack-wheels.py DESTINATION WHEEL...

From torch's wheel come `lib/` and `include/`, from NVIDIA's the two libraries that libtorch_cpu
links, into `lib/`. Needs nothing but Python.
"""

import hashlib
import os
import shutil
import sys
import zipfile

# Of each wheel that scripts/libtorch may download, computed from the files as pip brought them.
CHECKSUMS = {
    "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl":
        "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
    "torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl":
        "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7",
    "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl":
        "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
    "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl":
        "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8",
    "torch-2.13.0-cp311-cp311-manylinux_2_28_aarch64.whl":
        "092790c696a760c729fd5722835f50b9d81fd7c8f141571f3f3cf4081a8f664c",
    "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_aarch64.manylinux_2_17_aarch64.whl":
        "ef9bcbe90493a2b9d810e43d249adb3d02e98dd30200d86607d8d02687c43f55",
    "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_aarch64.whl":
        "796bd679890ee55fb14a94629b698b6db54bcfd833d391d5e94017dd9d7d3151",
    "torch-2.13.0-cp311-cp311-macosx_14_0_arm64.whl":
        "e76f9bcecc52b8ff711239a2f7547d5353df95878ab232f0773c1d95928b92f8",
}

# The GPU half of a CUDA wheel is useless without gigabytes of CUDA libraries, libtorch.so only refers to it, and
# libtorch_python belongs to the interpreter.
LEFT_OUT = ("libtorch_cuda", "libc10_cuda", "libtorch_nvshmem", "libcaffe2_nvrtc", "libtorch_python", "libtorch.so")


def check(path):
    """Exits with an explanation unless the file is byte for byte the one that we know."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    name = os.path.basename(path)
    if CHECKSUMS.get(name) != digest.hexdigest():
        sys.exit(
            f"libtorch: {name} is not the file that was expected (SHA-256 {digest.hexdigest()}): damaged or altered on "
            "its way. Run the set-up again; if it happens twice, set LIBTORCH=/path to a libtorch that you trust.")


def place(member):
    """Where a member of a wheel goes below the destination, or None when it is not needed."""
    parts = member.split("/")
    if member.endswith("/") or parts[-1].startswith(LEFT_OUT):
        return None
    if parts[0] == "torch" and parts[1] in ("lib", "include"):
        return "/".join(parts[1:])
    if parts[-1].startswith(("libcudart.so", "libcupti.so")):
        return "lib/" + parts[-1]
    return None


def unpack(wheel, destination):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            target = place(member)
            if target is None:
                continue
            path = os.path.join(destination, target)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(member) as source, open(path, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)


def main(destination, *wheels):
    try:
        for wheel in wheels:
            check(wheel)
        for wheel in wheels:
            unpack(wheel, destination)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"libtorch: cannot unpack into {destination}: {error.strerror}. About 600 MB must be free.")


if __name__ == "__main__":
    main(*sys.argv[1:])
