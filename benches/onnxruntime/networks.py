"""The networks that are compared: built by Python ncps, saved for both sides, checked against torch."""

import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from ncps.torch import CfC, LTC
from ncps.wirings import AutoNCP
from safetensors.numpy import save_file

INPUTS, UNITS, OUTPUTS = 29, 32, 4
CHECK_STEPS = 200
# Largest allowed difference between onnxruntime and torch; `rivus verify ncps` has its own.
TOLERANCE = 1e-5


class Step(torch.nn.Module):
    """One step of a cell; the elapsed time is a constant, which onnxruntime may fold."""

    def __init__(self, cell, elapsed):
        super().__init__()
        self.cell, self.elapsed = cell, elapsed

    def forward(self, x, h):
        return self.cell(x, h, self.elapsed)


class Model:
    """A network of Python ncps with random initial weights."""

    def __init__(self, kind):
        # The same weights every time.
        torch.manual_seed(1)
        wiring = AutoNCP(UNITS, OUTPUTS)
        self.kind = kind
        self.name = f"{kind} AutoNCP({UNITS},{OUTPUTS}), {INPUTS} inputs"
        self.module = {"ltc": LTC, "cfc": CfC}[kind](INPUTS, wiring).eval()

    def answers(self):
        """What the checkpoint does not tell, for `rivus policy import`: the defaults of Python."""
        if self.kind == "ltc":
            return "ode_unfolds=6,epsilon=1e-8,implicit_param_constraints=true"
        return "mode=default"

    def step(self):
        # A wired CfC wants its timespans as a tensor, an LTC takes a number.
        return Step(self.module.rnn_cell, 1.0 if self.kind == "ltc" else torch.tensor(1.0))

    def save_case(self, folder):
        """A case that `rivus verify ncps` runs: checkpoint, inputs, and what torch makes of them."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {k: v.detach().numpy().copy() for k, v in self.module.state_dict().items()}
        save_file(tensors, folder / "model.safetensors")
        inputs = np.random.default_rng(1).standard_normal((CHECK_STEPS, 1, INPUTS)).astype("f4")
        outputs, states = self.run_torch_in_double(inputs)
        io = {
            "inputs": inputs,
            "h0.0": np.zeros((1, UNITS), "f4"),
            "outputs.f64": outputs,
            "h.0.f64": states,
        }
        save_file(io, folder / "io.safetensors")
        layer = {
            "model": {"ltc": "LTC", "cfc": "CfC"}[self.kind],
            "input_size": INPUTS,
            "state_size": UNITS,
            "output_size": OUTPUTS,
            "prefix": "",
            "mixed_memory": False,
            "wiring": None,
            "ode_unfolds": 6,
            "epsilon": 1e-8,
            "implicit_param_constraints": True,
            "mode": "default",
        }
        case = {"case": self.kind, "steps": CHECK_STEPS, "batch": 1, "timespans": "ones"}
        (folder / "case.json").write_text(json.dumps(case | {"layers": [layer]}))
        return inputs, outputs

    @torch.no_grad()
    def run_torch_in_double(self, inputs):
        """Outputs and states after every step, `[steps][1][width]`."""
        step = Model(self.kind).step().double()
        state = torch.zeros(1, UNITS, dtype=torch.float64)
        outputs, states = [], []
        for x in torch.from_numpy(inputs).double():
            output, state = step(x, state)
            outputs.append(output.numpy().copy())
            states.append(state.numpy().copy())
        return np.array(outputs), np.array(states)

    def export(self, path, batch):
        """Writes the step for `batch` robots as ONNX."""
        example = (torch.zeros(batch, INPUTS), torch.zeros(batch, UNITS))
        with warnings.catch_warnings():
            # The exporter that traces is deprecated, but the other one does not take these cells.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                self.step(), example, path, dynamo=False,
                input_names=["x", "h"], output_names=["y", "h_new"],
            )


class Session:
    """An onnxruntime session on one thread, its state going back and forth between two buffers."""

    def __init__(self, path, batch, outputs=OUTPUTS):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.x = np.zeros((batch, INPUTS), "f4")
        self.h = [np.zeros((batch, UNITS), "f4") for _ in range(2)]
        self.y = np.zeros((batch, outputs), "f4")
        value = ort.OrtValue.ortvalue_from_numpy
        x, y, h = value(self.x), value(self.y), [value(h) for h in self.h]
        self.bindings = []
        for old, new in [(0, 1), (1, 0)]:
            binding = self.session.io_binding()
            binding.bind_ortvalue_input("x", x)
            binding.bind_ortvalue_input("h", h[old])
            binding.bind_ortvalue_output("y", y)
            binding.bind_ortvalue_output("h_new", h[new])
            self.bindings.append(binding)
        self.values = (x, y, h)

    def steps(self, pairs):
        """Runs twice as many steps; the only Python in between is the two calls."""
        run, (there, back) = self.session.run_with_iobinding, self.bindings
        for _ in range(pairs):
            run(there)
            run(back)

    def check(self, inputs, expected):
        """Largest difference to torch over all steps; every row of the batch gets the same input."""
        worst = 0.0
        for i, (x, y) in enumerate(zip(inputs, expected, strict=True)):
            self.x[:] = x
            self.session.run_with_iobinding(self.bindings[i % 2])
            worst = max(worst, float(np.abs(self.y - y).max()))
        if worst > TOLERANCE:
            raise SystemExit(f"onnxruntime differs from torch by {worst:.1e}")
        return worst


class Untouched(Session):
    """The same call with a network that only copies: what onnxruntime and Python add to a step."""

    def __init__(self, folder, batch):
        value = onnx.helper.make_tensor_value_info
        shapes = [("x", INPUTS), ("h", UNITS), ("y", INPUTS), ("h_new", UNITS)]
        x, h, y, h_new = [value(n, onnx.TensorProto.FLOAT, [batch, w]) for n, w in shapes]
        nodes = [("x", "y"), ("h", "h_new")]
        nodes = [onnx.helper.make_node("Identity", [a], [b]) for a, b in nodes]
        graph = onnx.helper.make_graph(nodes, "untouched", [x, h], [y, h_new])
        opset = [onnx.helper.make_opsetid("", 17)]
        model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=9)
        path = Path(folder) / f"untouched.{batch}.onnx"
        onnx.save(model, path)
        super().__init__(path, batch, outputs=INPUTS)
