"""PyTorch's or JAX's side of the drifting field for Benchmarks/run: value and gradient once for each line of the standard input.

    paced_field.py --shape 64,64,64,16,256 --peer jax --paced
"""

import argparse
import json
import resource
import sys

from field import PEERS, milliseconds, shape_of


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", type=shape_of, required=True, help="B,G,P,Q,D")
    parser.add_argument("--peer", choices=sorted(PEERS), default="torch")
    parser.add_argument("--device", default="cpu", help="of PyTorch")
    parser.add_argument("--paced", action="store_true", required=True)
    options = parser.parse_args()
    where = {"device": options.device} if options.peer == "torch" else {}
    peer = PEERS[options.peer](options.shape, **where)
    for _ in range(2):
        peer()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(milliseconds(peer) / 1e3, flush=True)
    print(json.dumps({"peak_resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
