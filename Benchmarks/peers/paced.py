"""The conversation with Benchmarks/run of peers whose work is one call."""

import json
import resource
import sys
import time


def serve(call, warmup=1):
    """Does `call` once for each line of the standard input and answers with its seconds; reports memory at the end."""
    for _ in range(warmup):
        call()
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        call()
        print(time.perf_counter() - start, flush=True)
    print(json.dumps({"peak_resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
