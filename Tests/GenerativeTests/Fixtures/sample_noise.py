"""Prints the noise of SampleNoise(Seed(2026)) for a few samples, from the definitions of its parts.

Seeds: FNV-1a of the purpose, mixed by SplitMix64's finaliser. Words: threefry2x64-20, checked against the known answers of
Random123. Numbers: the standard library's normal quantile (AS 241) of the upper 53 bits.
"""

from statistics import NormalDist

MASK = 2**64 - 1
ROTATIONS = [16, 42, 12, 31, 16, 32, 24, 21]


def mix(value):
    z = (value + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def child(seed, name):
    hash = 0xCBF29CE484222325
    for byte in name.encode():
        hash = ((hash ^ byte) * 0x100000001B3) & MASK
    return mix((seed + mix(hash)) & MASK)


def threefry(key, counter):
    keys = [*key, key[0] ^ key[1] ^ 0x1BD11BDAA9FC1A22]
    a, b = ((counter[i] + keys[i]) & MASK for i in range(2))
    for round in range(20):
        rotation = ROTATIONS[round % 8]
        a = (a + b) & MASK
        b = (((b << rotation) | (b >> (64 - rotation))) & MASK) ^ a
        if round % 4 == 3:
            group = round // 4 + 1
            a = (a + keys[group % 3]) & MASK
            b = (b + keys[(group + 1) % 3] + group) & MASK
    return a, b


assert threefry((0, 0), (0, 0)) == (0xC2B6E3A8C2C69865, 0x6F81ED42F350084D)
assert threefry((MASK, MASK), (MASK, MASK)) == (0xE02CB7C4D95D277A, 0xD06633D0893B8B68)


def normal(seed, purpose, index, count):
    words = [word for block in range((count + 1) // 2) for word in threefry((child(seed, purpose), index), (block, 0))]
    return [NormalDist().inv_cdf(((word >> 11) + 0.5) * 2**-53) for word in words[:count]]


for purpose, index in [("start", 0), ("start", 9_999_999_999), ("step 3", 5)]:
    print(purpose, index, normal(2026, purpose, index, 5))
