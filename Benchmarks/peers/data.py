"""torchvision's way to read a folder of images: ImageFolder, ToTensor and a DataLoader with worker processes.

Times one epoch, in a new order, for each line of the standard input. The workers stay between epochs.

    data.py --path images --batch 128 --workers 2 --paced
"""

import argparse
import json
import os
import resource
import sys
import time

import torch
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import ToTensor


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", required=True)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--paced", action="store_true", required=True)
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    loader = DataLoader(
        ImageFolder(options.path, ToTensor()), options.batch, shuffle=True, drop_last=True, num_workers=options.workers,
        persistent_workers=True)
    for _ in loader:
        pass
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        for _ in loader:
            pass
        print(time.perf_counter() - start, flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    del loader
    peak += options.workers * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"peak_resident_bytes": peak * 1024}))


if __name__ == "__main__":
    main()
