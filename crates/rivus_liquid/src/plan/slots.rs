//! The synapses of an LTC cell, packed.

use alloc::vec;
use alloc::vec::Vec;

use rivus_kernels::plan::{SynapsesOp, WeightsOp};
use rivus_kernels::{GATE_ONE, padded, source_max};

use super::arrays::{Arrays, check_values};
use crate::NetworkError;
use crate::ltc::LtcCell;
use crate::synapses::Synapses;

/// A weight that changes no sum, whatever its gate: adding +0 would turn -0 into +0.
const NEUTRAL: f32 = -0.0;

/// Which neuron is in each lane, so that the neurons that have a k-th synapse are successive.
///
/// Neurons with recurrent synapses come first, by descending fan-in: those synapses are evaluated
/// in each sub-step, so their slots must have no holes. The others follow by their sensory fan-in:
/// in an NCP these are the inter neurons, the only ones with sensory synapses, so that those slots
/// have no holes either.
pub(super) fn lane_order(cell: &LtcCell) -> Vec<u16> {
    // In range: the number of neurons is limited to 16 bits.
    let mut order: Vec<u16> = (0..cell.units()).map(|id| id as u16).collect();
    order.sort_by_key(|&id| {
        let id = usize::from(id);
        core::cmp::Reverse((cell.recurrent.fan_in(id), cell.sensory.fan_in(id)))
    });
    order
}

/// Where synapses come from.
#[derive(Clone, Copy)]
pub(super) enum Sources<'a> {
    /// Inputs, by index.
    Inputs,
    /// Neurons; the lane of each.
    Lanes(&'a [u16]),
}

/// Slot k: the k-th synapse of every lane from `first_lane` on, as far as there are any.
struct Slots {
    first_lane: usize,
    /// Index of the synapse in each lane of each slot; `None` is a hole.
    slots: Vec<Vec<Option<usize>>>,
}

impl Slots {
    fn new(synapses: &Synapses, order: &[u16]) -> Result<Self, NetworkError> {
        let fan_ins = order.iter().map(|&id| synapses.fan_in(id.into()));
        let fan_ins: Vec<usize> = fan_ins.collect();
        let first_lane = fan_ins.iter().position(|&fan_in| fan_in > 0).unwrap_or(0);
        let slot_count = fan_ins.iter().copied().max().unwrap_or(0);
        // One past the last lane of each slot: that of the last neuron with such a fan-in or more.
        let mut ends = vec![first_lane; slot_count];
        for (lane, &fan_in) in fan_ins.iter().enumerate() {
            ends[..fan_in].fill(lane + 1);
        }
        let lens = ends.iter().map(|end| padded(end - first_lane));
        check_values(lens.fold(0, usize::saturating_add))?;
        let slot = |(k, &end): (usize, &usize)| {
            let lanes = &order[first_lane..end];
            let synapse = |&id: &u16| {
                let row = synapses.row(id.into());
                (k < row.len()).then(|| row.start + k)
            };
            lanes.iter().map(synapse).collect()
        };
        Ok(Self { first_lane, slots: ends.iter().enumerate().map(slot).collect() })
    }

    /// One value per lane and slot, without gaps.
    fn values<'a, T: Copy + 'a>(
        &'a self,
        hole: T,
        value: impl Fn(usize) -> T + 'a,
    ) -> impl Iterator<Item = T> + 'a {
        self.slots.iter().flatten().map(move |synapse| synapse.map_or(hole, &value))
    }

    /// The same with every slot padded.
    fn padded_values<T: Copy>(&self, hole: T, values: &[T]) -> Vec<T> {
        let mut all = Vec::new();
        for slot in &self.slots {
            all.extend(slot.iter().map(|synapse| synapse.map_or(hole, |i| values[i])));
            all.resize(all.len() - slot.len() + padded(slot.len()), hole);
        }
        all
    }
}

impl Arrays {
    /// Packs synapses for single robots and for batches.
    pub(super) fn pack(
        &mut self,
        synapses: &Synapses,
        sources: Sources<'_>,
        order: &[u16],
    ) -> Result<SynapsesOp, NetworkError> {
        let slots = Slots::new(synapses, order)?;
        // In range: lanes and fan-ins are limited to 16 bits.
        let slot_len: Vec<u16> = slots.slots.iter().map(|slot| slot.len() as u16).collect();
        let source = |i: usize| match sources {
            Sources::Inputs => synapses.pre[i],
            Sources::Lanes(lane_of) => lane_of[usize::from(synapses.pre[i])],
        };
        let mut pre: Vec<u16> = slots.values(0, source).collect();
        pre.resize(padded(pre.len()), 0);
        let a: Vec<f32> = slots.values(0.0, |i| synapses.a[i]).collect();
        let b: Vec<f32> = slots.values(0.0, |i| synapses.b[i]).collect();
        let row_len: Vec<u16> = order.iter().map(|&id| synapses.fan_in(id.into()) as u16).collect();
        let in_rows = || order.iter().flat_map(|&id| synapses.row(id.into()));
        let row_pre: Vec<u16> = in_rows().map(|i| synapses.pre[i]).collect();
        Ok(SynapsesOp {
            first_lane: slots.first_lane as u16,
            slot_len: self.u16s(&slot_len)?,
            pre: self.u16s(&pre)?,
            a: self.padded_f32s(&a)?,
            b: self.padded_f32s(&b)?,
            source_max: source_max(&synapses.a, &synapses.b),
            weights: self.pack_weights(synapses, &slots, order)?,
            row_len: self.u16s(&row_len)?,
            row_pre: self.u16s(&row_pre)?,
            row_synapses: {
                let rows: Vec<_> = in_rows().map(|i| synapses.row_values(i)).collect();
                self.synapses(&rows)?
            },
        })
    }

    fn pack_weights(
        &mut self,
        synapses: &Synapses,
        slots: &Slots,
        order: &[u16],
    ) -> Result<WeightsOp, NetworkError> {
        let (Some(w), Some(w_erev)) = (&synapses.w.int8, &synapses.w_erev.int8) else {
            return Ok(WeightsOp::F32 {
                w: self.f32s(&slots.padded_values(NEUTRAL, &synapses.w.f32s))?,
                w_erev: self.f32s(&slots.padded_values(NEUTRAL, &synapses.w_erev.f32s))?,
            });
        };
        let lanes = slots.slots.first().map_or(0, Vec::len);
        let scales = |scale: &[f32]| -> Vec<f32> {
            let lanes = &order[slots.first_lane..slots.first_lane + lanes];
            let mut scales: Vec<f32> =
                lanes.iter().map(|&id| scale[usize::from(id)] / GATE_ONE).collect();
            scales.resize(padded(scales.len()), NEUTRAL);
            scales
        };
        Ok(WeightsOp::Int8 {
            w: self.i8s(&slots.padded_values(0, &w.values))?,
            w_erev: self.i8s(&slots.padded_values(0, &w_erev.values))?,
            scale: self.f32s(&scales(&w.scale))?,
            erev_scale: self.f32s(&scales(&w_erev.scale))?,
        })
    }
}

impl Synapses {
    /// a, b, w and `w_erev` of a synapse; integers as whole numbers.
    fn row_values(&self, i: usize) -> [f32; 4] {
        let weight = |weights: &crate::weights::Weights| match &weights.int8 {
            Some(int8) => int8.values[i].into(),
            None => weights.f32s[i],
        };
        [self.a[i], self.b[i], weight(&self.w), weight(&self.w_erev)]
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::{LtcParams, Mapping, Synapse};

    fn synapse((pre, post): (usize, usize)) -> Synapse {
        let w = (1 + pre + 10 * post) as f64;
        Synapse { pre, post, sigma: 1.0, mu: 0.0, w, erev: -1.0 }
    }

    /// Of four neurons and three inputs.
    fn cell(sensory: &[(usize, usize)], recurrent: &[(usize, usize)]) -> LtcCell {
        LtcCell::new(&LtcParams {
            inputs: 3,
            units: 4,
            motors: 1,
            sensory: sensory.iter().copied().map(synapse).collect(),
            synapses: recurrent.iter().copied().map(synapse).collect(),
            gleak: vec![1.0; 4],
            vleak: vec![0.0; 4],
            cm: vec![1.0; 4],
            input_mapping: Mapping::None,
            output_mapping: Mapping::None,
            unfolds: 6,
            epsilon: 1e-8,
        })
        .unwrap()
    }

    fn pack(synapses: &Synapses, sources: Sources<'_>, order: &[u16]) -> (Arrays, SynapsesOp) {
        let mut arrays = Arrays::default();
        let op = arrays.pack(synapses, sources, order).unwrap();
        (arrays, op)
    }

    fn of<T>(array: &[T], span: rivus_kernels::plan::Span) -> &[T] {
        &array[span.at as usize..][..span.len as usize]
    }

    #[test]
    fn neurons_with_recurrent_synapses_come_first_and_slots_have_no_holes() {
        // As in an NCP: inputs reach neurons 2 and 3, these reach 0 and 1.
        let cell = cell(&[(0, 3), (1, 3), (2, 2), (0, 2), (1, 2)], &[(2, 1), (3, 1), (3, 0)]);
        let order = lane_order(&cell);
        assert_eq!(order, [1, 0, 2, 3]);
        let (arrays, op) = pack(&cell.sensory, Sources::Inputs, &order);
        assert_eq!((op.first_lane, of(&arrays.u16s, op.slot_len)), (2, &[2, 2, 1][..]));
        assert_eq!(of(&arrays.u16s, op.pre)[..5], [0, 0, 1, 1, 2], "slot by slot, without gaps");
        let WeightsOp::F32 { w, .. } = op.weights else { panic!("numbers") };
        let w = of(&arrays.f32s, w);
        assert_eq!(w.len(), 3 * 16, "every slot is padded");
        assert_eq!([w[0], w[1], w[16], w[17], w[32]], [21.0, 31.0, 22.0, 32.0, 23.0]);
        assert_eq!(w[2].to_bits(), NEUTRAL.to_bits());

        let lane_of = [1, 0, 2, 3];
        let (arrays, op) = pack(&cell.recurrent, Sources::Lanes(&lane_of), &order);
        assert_eq!((op.first_lane, of(&arrays.u16s, op.slot_len)), (0, &[2, 1][..]));
        assert_eq!(of(&arrays.u16s, op.pre)[..3], [2, 3, 3], "lanes");
        assert_eq!(of(&arrays.u16s, op.row_len), [2, 1, 0, 0]);
        assert_eq!(of(&arrays.u16s, op.row_pre), [2, 3, 3], "ids");
        assert_eq!(of(&arrays.synapses, op.row_synapses)[0][2..], [13.0, -13.0]);
    }

    #[test]
    fn a_hole_weighs_nothing() {
        // Fan-ins of the recurrent synapses order the lanes 0, 1, 2; those of the sensory ones are
        // 0, 2, 1.
        let cell =
            cell(&[(0, 1), (1, 1), (2, 2)], &[(1, 0), (2, 0), (3, 0), (0, 1), (2, 1), (0, 2)]);
        let order = lane_order(&cell);
        assert_eq!(order, [0, 1, 2, 3]);
        let (arrays, op) = pack(&cell.sensory, Sources::Inputs, &order);
        assert_eq!((op.first_lane, of(&arrays.u16s, op.slot_len)), (1, &[2, 1][..]));
        let cell = self::cell(&[(2, 0), (0, 2), (1, 2)], &[(1, 0), (2, 0), (0, 1)]);
        let order = lane_order(&cell);
        assert_eq!(order, [0, 1, 2, 3]);
        let (arrays, op) = pack(&cell.sensory, Sources::Inputs, &order);
        assert_eq!(of(&arrays.u16s, op.slot_len), [3, 3]);
        let WeightsOp::F32 { w, w_erev } = op.weights else { panic!("numbers") };
        let (w, w_erev) = (of(&arrays.f32s, w), of(&arrays.f32s, w_erev));
        assert_eq!((w[0], w[2], w[18]), (3.0, 21.0, 22.0));
        for hole in [1, 16, 17] {
            assert_eq!([w[hole], w_erev[hole]].map(f32::to_bits), [NEUTRAL.to_bits(); 2]);
        }
    }
}
