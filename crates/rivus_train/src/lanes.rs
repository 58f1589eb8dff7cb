//! Sixteen episodes side by side: every number of the trainer is a row of lanes.

/// Episodes that are computed together; two vectors of eight.
pub(crate) const LANES: usize = 16;

/// One value in every episode.
pub(crate) type Lanes = [f32; LANES];

/// Zero in every lane.
pub(crate) const ZERO: Lanes = [0.0; LANES];

/// `f` of each lane.
#[inline(always)]
pub(crate) fn map(a: &Lanes, f: impl Fn(f32) -> f32) -> Lanes {
    let mut out = ZERO;
    for l in 0..LANES {
        out[l] = f(a[l]);
    }
    out
}

/// `f` of each pair of lanes.
#[inline(always)]
pub(crate) fn zip(a: &Lanes, b: &Lanes, f: impl Fn(f32, f32) -> f32) -> Lanes {
    let mut out = ZERO;
    for l in 0..LANES {
        out[l] = f(a[l], b[l]);
    }
    out
}

/// `sum += a`, lane by lane.
#[inline(always)]
pub(crate) fn add(sum: &mut Lanes, a: &Lanes) {
    for l in 0..LANES {
        sum[l] += a[l];
    }
}

/// `sum += factor * a`, lane by lane.
#[inline(always)]
pub(crate) fn add_scaled(sum: &mut Lanes, factor: f32, a: &Lanes) {
    for l in 0..LANES {
        sum[l] += factor * a[l];
    }
}

/// `sum += a * b`, lane by lane.
#[inline(always)]
pub(crate) fn add_product(sum: &mut Lanes, a: &Lanes, b: &Lanes) {
    for l in 0..LANES {
        sum[l] += a[l] * b[l];
    }
}

/// The sum over lanes, first to last.
#[inline(always)]
pub(crate) fn total(a: &Lanes) -> f32 {
    a.iter().sum()
}
