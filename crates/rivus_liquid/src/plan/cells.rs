//! From layers to kernel calls.

use alloc::vec;
use alloc::vec::Vec;

use rivus_kernels::plan::{LtcOp, Op, Span};
use rivus_kernels::{ltc_scratch_len, padded};

use super::arrays::{Arrays, NOTHING, check_values};
use super::part;
use super::slots::{Sources, lane_order};
use crate::cfc::{CfcCell, Head, WiredCfcCell};
use crate::layer::Cell;
use crate::linear::Map;
use crate::ltc::LtcCell;
use crate::mapping::{ChannelMap, MappingKind};
use crate::{Layer, NetworkError};

/// Padding of the denominators of lanes without a neuron.
const LEAK_OF_NONE: f32 = 1.0;

impl Layer {
    /// Length of what the layer hands on if that is not part of its state, or else zero.
    pub(super) fn handed_on(&self) -> usize {
        match (&self.projection, &self.cell) {
            (Some(map), _) => map.outputs(),
            (None, Cell::Ltc(cell)) if cell.output_map.kind != MappingKind::None => cell.motors,
            (None, _) => 0,
        }
    }
}

impl Arrays {
    /// Appends the calls of a layer; returns where its outputs are: in its state, or in
    /// `handed_on`.
    pub(super) fn layer(
        &mut self,
        layer: &Layer,
        signal: Span,
        state: Span,
        handed_on: Span,
    ) -> Result<Span, NetworkError> {
        let units = layer.units();
        let neurons = part(state, 0, units);
        if let Some(memory) = &layer.memory {
            let mark = self.mark();
            let gates = self.reserve_temporary(4 * units)?;
            self.affine(&[&memory.gates], [signal, neurons], gates)?;
            let cell = part(state, units, units);
            self.ops.push(Op::Lstm { gates, cell, hidden: neurons });
            self.forget_since(mark);
        }
        let Some(projection) = &layer.projection else {
            return self.cell(&layer.cell, signal, neurons, handed_on);
        };
        let mapped = match &layer.cell {
            Cell::Ltc(cell) => self.reserve_temporary(cell.motors)?,
            Cell::Cfc(_) | Cell::WiredCfc(_) => NOTHING,
        };
        let outputs = self.cell(&layer.cell, signal, neurons, mapped)?;
        self.affine(&[projection], [outputs, NOTHING], handed_on)?;
        Ok(handed_on)
    }

    fn cell(
        &mut self,
        cell: &Cell,
        signal: Span,
        state: Span,
        mapped: Span,
    ) -> Result<Span, NetworkError> {
        match cell {
            Cell::Ltc(cell) => self.ltc(cell, signal, state, mapped),
            Cell::Cfc(cell) => self.cfc(cell, signal, state),
            Cell::WiredCfc(cell) => self.wired_cfc(cell, signal, state),
        }
    }

    fn ltc(
        &mut self,
        cell: &LtcCell,
        signal: Span,
        state: Span,
        mapped: Span,
    ) -> Result<Span, NetworkError> {
        let input = match cell.input_map.kind {
            MappingKind::None => signal,
            MappingKind::Linear | MappingKind::Affine => {
                let input = self.reserve_temporary(cell.inputs())?;
                self.channel_map(&cell.input_map, signal, input)?
            }
        };
        let order = lane_order(cell);
        let mut lane_of = vec![0; order.len()];
        for (lane, &id) in (0..).zip(&order) {
            lane_of[usize::from(id)] = lane;
        }
        let sensory = self.pack(&cell.sensory, Sources::Inputs, &order)?;
        let recurrent = self.pack(&cell.recurrent, Sources::Lanes(&lane_of), &order)?;
        let longest = sensory.pre.len.max(recurrent.pre.len) as usize;
        let scratch = self.reserve_temporary(ltc_scratch_len(order.len(), longest))?;
        let mut in_lanes = |values: &[f32], padding: f32| {
            let mut lanes: Vec<f32> = order.iter().map(|&id| values[usize::from(id)]).collect();
            lanes.resize(padded(lanes.len()), padding);
            self.f32s(&lanes)
        };
        let leak = in_lanes(&cell.leak, LEAK_OF_NONE)?;
        let leak_drive = in_lanes(&cell.leak_drive, 0.0)?;
        let capacitance = in_lanes(&cell.capacitance, 0.0)?;
        let op = LtcOp {
            unfolds: cell.unfolds,
            order: self.u16s(&order)?,
            sensory,
            recurrent,
            leak,
            leak_drive,
            capacitance,
            input,
            state,
            scratch,
        };
        self.ops.push(Op::Ltc(op));
        let motors = part(state, 0, cell.motors);
        match cell.output_map.kind {
            MappingKind::None => Ok(motors),
            MappingKind::Linear | MappingKind::Affine => {
                self.channel_map(&cell.output_map, motors, mapped)
            }
        }
    }

    fn channel_map(&mut self, map: &ChannelMap, x: Span, out: Span) -> Result<Span, NetworkError> {
        let (scale, offset) = (self.f32s(&map.scale.f32s)?, self.f32s(&map.offset)?);
        self.ops.push(Op::ScaleOffset { scale, offset, x, out });
        Ok(out)
    }

    fn cfc(&mut self, cell: &CfcCell, signal: Span, state: Span) -> Result<Span, NetworkError> {
        let mut x = [signal, state];
        if let Some(activation) = cell.activation {
            for map in &cell.backbone {
                let values = self.reserve_temporary(map.outputs())?;
                self.affine(&[map], x, values)?;
                self.ops.push(Op::Activate { activation, values });
                x = [values, NOTHING];
            }
        }
        self.head(&cell.head, x, state)?;
        Ok(state)
    }

    fn wired_cfc(
        &mut self,
        cell: &WiredCfcCell,
        signal: Span,
        state: Span,
    ) -> Result<Span, NetworkError> {
        let mut done = signal;
        let mut at = 0;
        for head in &cell.heads {
            let state = part(state, at, head.units());
            at += head.units();
            self.head(head, [done, state], state)?;
            done = state;
        }
        Ok(done)
    }

    fn head(&mut self, head: &Head, x: [Span; 2], state: Span) -> Result<(), NetworkError> {
        let maps = head.maps();
        let mark = self.mark();
        let values = self.reserve_temporary(maps.len() * head.units())?;
        self.affine(&maps, x, values)?;
        let op = match head {
            Head::Gated { gate, .. } => Op::CfcGated { gate: *gate, heads: values, out: state },
            Head::Pure { w_tau, amplitude, .. } => Op::CfcPure {
                w_tau: self.f32s(w_tau)?,
                amplitude: self.f32s(amplitude)?,
                ff1: values,
                out: state,
            },
        };
        self.ops.push(op);
        self.forget_since(mark);
        Ok(())
    }

    /// Appends maps of the same inputs as one, whose outputs follow one another.
    fn affine(&mut self, maps: &[&Map], x: [Span; 2], out: Span) -> Result<(), NetworkError> {
        let width = padded(out.len as usize);
        let bias: Vec<f32> = maps.iter().flat_map(|map| &map.bias).copied().collect();
        let bias = self.padded_f32s(&bias)?;
        let first_rows = maps.iter().scan(0, |next, map| {
            let first = *next;
            *next += map.outputs();
            Some(first)
        });
        let entries = maps.iter().zip(first_rows).flat_map(|(map, first)| {
            let positions = map.positions().map(move |(row, column)| (first + row, column));
            positions.enumerate().map(move |(i, (row, column))| (row, column, &map.weight, i))
        });
        let [x0, x1] = x.map(|x| x.len as usize);
        if maps.iter().all(|map| map.weight.int8.is_some()) {
            let pairs = x0.div_ceil(2) + x1.div_ceil(2);
            check_values((2 * pairs).saturating_mul(width))?;
            let mut packed = vec![0; 2 * pairs * width];
            for (row, column, weight, i) in entries {
                // x1 starts with a pair of its own.
                let place = if column < x0 { column } else { column - x0 + x0.next_multiple_of(2) };
                if let Some(int8) = &weight.int8 {
                    packed[2 * (place / 2 * width + row) + place % 2] = int8.values[i];
                }
            }
            let scale = maps.iter().filter_map(|map| map.weight.int8.as_ref());
            let scale: Vec<f32> = scale.flat_map(|int8| &int8.scale).copied().collect();
            let (weight, scale) = (self.i8s(&packed)?, self.padded_f32s(&scale)?);
            let scratch = self.reserve_temporary(pairs)?;
            self.ops.push(Op::AffineInt8 { weight, scale, bias, x, out, scratch });
        } else {
            check_values((x0 + x1).saturating_mul(width))?;
            let mut packed = vec![0.0; (x0 + x1) * width];
            for (row, column, weight, i) in entries {
                packed[column * width + row] = weight.f32s[i];
            }
            let weight = self.f32s(&packed)?;
            self.ops.push(Op::Affine { weight, bias, x, out });
        }
        Ok(())
    }
}
