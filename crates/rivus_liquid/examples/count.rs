//! Steps an LTC of 32 neurons with 29 inputs, the size of a flight policy, so that an emulator can
//! count instructions: `count BACKEND ROBOTS STEPS all|copies`. Prints how many gates one robot's
//! step has.
//!
//! The difference between two runs that differ in their steps only is what steps cost; that between
//! `all` and `copies`, which leaves out the cell, is what the kernel of the cell costs.

#![expect(clippy::print_stdout, reason = "this is what the program is for")]

use core::error::Error;

use rivus_kernels::PlanView;
use rivus_kernels::plan::Op;
use rivus_liquid::wiring::WiringSpec;
use rivus_liquid::{Backend, Kernels, Layer, Network, init};

/// Seconds of one step; what they are does not change the number of instructions.
const ELAPSED: f32 = 0.02;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [backend, robots, steps, part] = &arguments[..] else {
        return Err("usage: count BACKEND ROBOTS STEPS all|copies".into());
    };
    let backend = Backend::from_name(backend).ok_or("no such backend")?;
    let kernels = Kernels::new(backend).ok_or("this processor cannot run the backend")?;
    let (robots, steps): (usize, usize) = (robots.parse()?, steps.parse()?);
    let network = network()?;
    let all = network.plan().view();
    let copies: Vec<Op> = all.ops.iter().filter(|op| !matches!(op, Op::Ltc(_))).copied().collect();
    let plan = match part.as_str() {
        "all" => all,
        "copies" => PlanView { ops: &copies, ..all },
        _ => return Err("neither all nor copies".into()),
    };
    match robots {
        1 => step(&plan, kernels, steps),
        _ => step_batch(&plan, kernels, robots, steps),
    }
    println!("{}", network.cost().gates);
    Ok(())
}

fn network() -> Result<Network, Box<dyn Error>> {
    let spec = WiringSpec::AutoNcp { units: 32, output_size: 4, sparsity_level: 0.5, seed: 22222 };
    let (params, _) = init::ltc(&spec, 29, 1)?;
    Ok(Network::new(vec![Layer::ltc(&params)?])?)
}

/// One robot: its state is copied in and out as for a real one.
fn step(plan: &PlanView<'_>, kernels: Kernels, steps: usize) {
    let input: Vec<f32> = (0..plan.inputs()).map(|i| 0.1 * i as f32 - 1.0).collect();
    let mut state = vec![0.0; plan.state_len()];
    let mut output = vec![0.0; plan.outputs()];
    let mut workspace = vec![0.0; plan.workspace_len];
    for _ in 0..steps {
        plan.step(kernels, &input, ELAPSED, &mut state, &mut output, &mut workspace);
    }
}

/// Many robots, whose states stay where the kernels want them.
fn step_batch(plan: &PlanView<'_>, kernels: Kernels, robots: usize, steps: usize) {
    let mut workspace = vec![0.1; plan.workspace_len * robots];
    for _ in 0..steps {
        plan.step_batch(kernels, robots, ELAPSED, &mut workspace);
    }
}
