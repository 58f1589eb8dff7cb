//! The three functions as source, task and sink of Copper.

use bincode::de::{Decode, Decoder};
use bincode::enc::{Encode, Encoder};
use bincode::error::{DecodeError, EncodeError};
use cu29::prelude::*;

use crate::steps;

#[derive(Reflect)]
pub struct Sense {
    tick: u32,
}

impl Freezable for Sense {
    fn freeze<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        Encode::encode(&self.tick, encoder)
    }

    fn thaw<D: Decoder>(&mut self, decoder: &mut D) -> Result<(), DecodeError> {
        self.tick = Decode::decode(decoder)?;
        Ok(())
    }
}

impl CuSrcTask for Sense {
    type Resources<'r> = ();
    type Output<'m> = output_msg!([f32; 8]);

    fn new(_: Option<&ComponentConfig>, (): Self::Resources<'_>) -> CuResult<Self> {
        Ok(Self { tick: 0 })
    }

    fn process(&mut self, _: &CuContext, output: &mut Self::Output<'_>) -> CuResult<()> {
        self.tick = self.tick.wrapping_add(1);
        let mut readings = [0.0; 8];
        steps::sense(self.tick, &mut readings);
        output.set_payload(readings);
        Ok(())
    }
}

#[derive(Reflect)]
pub struct Policy;

impl Freezable for Policy {}

impl CuTask for Policy {
    type Resources<'r> = ();
    type Input<'m> = input_msg!([f32; 8]);
    type Output<'m> = output_msg!([f32; 4]);

    fn new(_: Option<&ComponentConfig>, (): Self::Resources<'_>) -> CuResult<Self> {
        Ok(Self)
    }

    fn process(
        &mut self,
        _: &CuContext,
        input: &Self::Input<'_>,
        output: &mut Self::Output<'_>,
    ) -> CuResult<()> {
        if let Some(readings) = input.payload() {
            let mut actions = [0.0; 4];
            steps::policy(readings, &mut actions);
            output.set_payload(actions);
        }
        Ok(())
    }
}

#[derive(Reflect)]
pub struct Act {
    state: f32,
}

impl Freezable for Act {
    fn freeze<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        Encode::encode(&self.state, encoder)
    }

    fn thaw<D: Decoder>(&mut self, decoder: &mut D) -> Result<(), DecodeError> {
        self.state = Decode::decode(decoder)?;
        Ok(())
    }
}

impl CuSinkTask for Act {
    type Resources<'r> = ();
    type Input<'m> = input_msg!([f32; 4]);

    fn new(_: Option<&ComponentConfig>, (): Self::Resources<'_>) -> CuResult<Self> {
        Ok(Self { state: 0.0 })
    }

    fn process(&mut self, _: &CuContext, input: &Self::Input<'_>) -> CuResult<()> {
        if let Some(actions) = input.payload() {
            steps::act(actions, &mut self.state);
        }
        Ok(())
    }
}

/// Nothing is recorded.
pub mod plain {
    use super::{Act, Policy, Sense};
    use cu29::prelude::*;

    use crate::measure::{Samples, measure};

    #[copper_runtime(config = "copper.ron")]
    struct Plain {}

    pub fn run() -> CuResult<Samples> {
        let mut app = Plain::builder().build()?.start()?;
        let samples = measure(|| app.run_one_iteration())?;
        app.stop()?;
        Ok(samples)
    }
}

/// Every message and the state of the tasks are recorded to a file.
pub mod logged {
    use std::path::Path;

    use super::{Act, Policy, Sense};
    use cu29::prelude::*;

    use crate::measure::{Samples, measure};

    #[copper_runtime(config = "copper_logged.ron")]
    struct Logged {}

    pub fn run(log: &Path) -> CuResult<Samples> {
        // Room for one run, so that no further slab is opened in the middle of it.
        let app = Logged::builder().with_log_path(log, Some(256 << 20))?.build()?;
        let mut app = app.start()?;
        let samples = measure(|| app.run_one_iteration())?;
        app.stop()?;
        Ok(samples)
    }
}
