"""Times networks of Python ncps in onnxruntime and in Rivus, on one thread and in one run.

    python compare.py --rivus ../../target/release/rivus

Both run the same weights, checked against torch first. Rounds alternate between the two, so that a
busy minute of the machine meets both. The ratio is the time of onnxruntime over that of Rivus, per
step of one robot: above 1, Rivus is faster.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# One thread everywhere; read when the libraries are loaded.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import onnxruntime as ort
import torch

from networks import Model, Session, Untouched

BATCHES = (1, 1024)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rivus", default="rivus", help="the release build of the command")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=0.5, help="per measurement and round")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        rows = [prepare(args, Path(folder), kind, n) for kind in ("ltc", "cfc") for n in BATCHES]
        for _ in range(args.rounds):
            for row in rows:
                row.measure(args)
        report(rows)


def prepare(args, folder, kind, batch):
    model = Model(kind)
    inputs, outputs = model.save_case(folder / kind)
    command(args, "verify", "ncps", folder / kind)
    policy, onnx = folder / f"{kind}.safetensors", folder / f"{kind}.{batch}.onnx"
    if not policy.exists():
        # Any rate: the elapsed time is the constant of the other side.
        command(
            args, "policy", "import", folder / kind, "--elapsed", "constant:1.0",
            "--rate", "100:100", "--layer", model.answers(), "--out", policy,
        )
    model.export(onnx, batch)
    session = Session(onnx, batch)
    session.check(inputs, outputs)
    return Row(model.name, batch, policy, session, Untouched(folder, batch))


def command(args, *words):
    done = subprocess.run([args.rivus, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"rivus {' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


class Row:
    """One network at one batch size; times are nanoseconds per step of one robot."""

    def __init__(self, name, batch, policy, session, untouched):
        self.name, self.batch, self.policy = name, batch, policy
        self.session, self.untouched = session, untouched
        self.onnx, self.call, self.best, self.median = [], [], {}, {}

    def measure(self, args):
        self.onnx += chunks(self.session, self.batch, args.seconds)
        if self.batch == 1:
            self.call += chunks(self.untouched, 1, args.seconds / 4)
        batch = [] if self.batch == 1 else ["--batch", self.batch]
        text = command(
            args, "policy", "bench", self.policy, *batch, "--seconds", args.seconds, "--json"
        )
        for kernel in json.loads(text)["kernels"]:
            if not kernel["bits_equal_scalar"]:
                sys.exit(f"{kernel['kernel']} gives other bits than scalar")
            self.best.setdefault(kernel["kernel"], []).append(kernel["ns_per_step"])
            self.median.setdefault(kernel["kernel"], []).append(kernel["p50_ns"])

    def fastest(self):
        """The kernel that Rivus takes by itself, its best time and the median of its medians."""
        name = list(self.best)[-1]
        return name, min(self.best[name]), statistics.median(self.median[name])


def chunks(session, batch, seconds):
    """Times of chunks of steps, in nanoseconds per step of one robot."""
    pairs, times = 1, []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter_ns()
        session.steps(pairs)
        spent = time.perf_counter_ns() - start
        if spent < 1e6:
            pairs *= 2
        else:
            times.append(spent / (2 * pairs * batch))
    return times


def report(rows):
    print(f"{processor()}, onnxruntime {ort.__version__}, torch {torch.__version__}, one thread")
    print("nanoseconds per step of one robot: best chunk, median\n")
    print("| network | batch | onnxruntime | Rivus | kernel | ratio of bests | of medians |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        onnx = min(row.onnx), statistics.median(row.onnx)
        name, best, median = row.fastest()
        print(
            f"| {row.name} | {row.batch} | {onnx[0]:.0f}, {onnx[1]:.0f} | {best:.0f}, {median:.0f} "
            f"| {name} | {onnx[0] / best:.1f} | {onnx[1] / median:.1f} |"
        )
    print()
    for row in rows:
        if row.call:
            call, (_, best, _) = min(row.call), row.fastest()
            print(
                f"{row.name}: of a call from Python {call:.0f} ns pass before the network is "
                f"reached; without them the ratio of bests is {(min(row.onnx) - call) / best:.1f}"
            )


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines() if sys.platform == "linux" else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
