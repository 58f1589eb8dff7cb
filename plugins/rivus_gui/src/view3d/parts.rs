//! The parts that a scene is put together from.
//!
//! Those of a quadrotor are made for arms of length one (body, arm) or for propellers of radius one
//! (motor, propeller), in body axes: x forward, y left, z up. Only cubes and
//! shafts are ever stretched, which leaves their normals right.

use core::f32::consts::{FRAC_PI_2, PI, TAU};

use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

use super::mesh::{Mesh, Net, Paint};

/// Radius of a propeller over the length of an arm, if its neighbours leave that much room.
pub(super) const PROPELLER_PER_ARM: f32 = 0.56;

/// Height of the propeller over the hub's arm, in radii of the propeller.
pub(super) const PROPELLER_HEIGHT: f32 = 0.34;

/// A kind of part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Shell, battery and camera of a quadrotor.
    Body,
    /// One arm along x, from the body to the hub at 1.
    Arm,
    /// Motor, mount and foot.
    Motor,
    /// Two blades that turn counterclockwise, seen from above.
    Propeller,
    /// Two blades that turn clockwise.
    PropellerClockwise,
    /// What a fast propeller looks like; radius 1 in the plane of x and y.
    Disc,
    /// A ring of radius 1.
    Ring,
    /// A ball of radius 1.
    Ball,
    /// A cylinder along z from 0 to 1, radius 1.
    Shaft,
    /// A slim cone along z from 0 to 1.
    Tip,
    /// A box of length 1 for what is no quadrotor.
    Crate,
    /// A cube with edges of length 1.
    Cube,
}

impl Part {
    /// All, in the order in which they are drawn.
    pub(super) const ALL: [Self; 12] = [
        Self::Body,
        Self::Arm,
        Self::Motor,
        Self::Propeller,
        Self::PropellerClockwise,
        Self::Disc,
        Self::Ring,
        Self::Ball,
        Self::Shaft,
        Self::Tip,
        Self::Crate,
        Self::Cube,
    ];

    /// Its triangles.
    pub(super) fn mesh(self) -> Mesh {
        match self {
            Self::Body => body(),
            Self::Arm => arm(),
            Self::Motor => motor(),
            Self::Propeller => propeller(1.0),
            Self::PropellerClockwise => propeller(-1.0),
            Self::Disc => disc(),
            Self::Ring => made(|mesh| mesh.add_ring(1.0, 0.017, PLAIN)),
            Self::Ball => made(|mesh| mesh.add_ball(1.0, PLAIN)),
            Self::Shaft => made(|mesh| {
                mesh.add_turned(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)], 40, PLAIN);
            }),
            Self::Tip => {
                made(|mesh| mesh.add_turned(&[(0.0, 0.0), (0.44, 0.0), (0.0, 1.0)], 28, PLAIN))
            }
            Self::Cube => made(|mesh| mesh.add_cube(PLAIN)),
            Self::Crate => made(|mesh| mesh.add_box(Vector3::new(0.5, 0.36, 0.22), SHELL)),
        }
    }
}

const PLAIN: Paint = [255, 255, 255, 90];
const SHELL: Paint = [214, 219, 227, 160];
const CARBON: Paint = [84, 90, 101, 120];
const BATTERY: Paint = [50, 55, 64, 80];
const STRAP: Paint = [104, 112, 124, 40];
const GLASS: Paint = [12, 16, 24, 255];
const STEEL: Paint = [168, 174, 184, 220];
const BLADE: Paint = [196, 202, 212, 110];
const RUBBER: Paint = [52, 56, 63, 30];

fn made(build: impl FnOnce(&mut Mesh)) -> Mesh {
    let mut mesh = Mesh::default();
    build(&mut mesh);
    mesh
}

/// A long rounded hull: its sections across x are rounded boxes that shrink to both ends.
struct Hull {
    half_length: f32,
    half_width: f32,
    above: f32,
    below: f32,
    /// How much narrower the front is than the middle, 0 to 1.
    taper: f32,
    paint: Paint,
}

fn add_hull(mesh: &mut Mesh, hull: &Hull) {
    const ROWS: usize = 25;
    const COLUMNS: usize = 40;
    let net = Net { rows: ROWS, columns: COLUMNS, is_closed: true, paint: hull.paint };
    let rounded = |value: f32| value.signum() * value.abs().powf(0.55);
    mesh.add_net(&net, |row, column| {
        // Rows lie closer together where the ends are round.
        let along = -(PI * row as f32 / (ROWS - 1) as f32).cos();
        let fullness = (1.0 - along.abs().powf(3.2)).max(0.0).powf(0.45);
        let narrowing = 1.0 - hull.taper * (0.5 + 0.5 * along).powi(2);
        let (sin, cos) = (TAU * column as f32 / COLUMNS as f32).sin_cos();
        let height = if sin > 0.0 { hull.above } else { hull.below };
        Vector3::new(
            along * hull.half_length,
            rounded(cos) * hull.half_width * fullness * narrowing,
            rounded(sin) * height * fullness * (1.0 - 0.35 * hull.taper * (0.5 + 0.5 * along)),
        )
    });
}

fn body() -> Mesh {
    made(|mesh| {
        // The plate that carries the arms.
        mesh.add_turned(
            &[(0.0, -0.075), (0.30, -0.075), (0.33, -0.05), (0.33, -0.02), (0.30, 0.0)],
            8,
            CARBON,
        );
        add_hull(
            mesh,
            &Hull {
                half_length: 0.56,
                half_width: 0.27,
                above: 0.19,
                below: 0.10,
                taper: 0.42,
                paint: SHELL,
            },
        );
        let battery = made(|part| part.add_box(Vector3::new(0.25, 0.14, 0.055), BATTERY));
        mesh.add_moved(&battery, &Isometry3::translation(-0.08, 0.0, 0.205));
        for x in [-0.16, 0.04] {
            let strap = made(|part| part.add_box(Vector3::new(0.026, 0.146, 0.06), STRAP));
            mesh.add_moved(&strap, &Isometry3::translation(x, 0.0, 0.206));
        }
        // The camera looks along x.
        let forward = UnitQuaternion::from_axis_angle(&Vector3::y_axis(), FRAC_PI_2);
        let socket = made(|part| {
            part.add_turned(&[(0.0, 0.0), (0.085, 0.0), (0.085, 0.09), (0.065, 0.10)], 24, CARBON);
        });
        let lens = made(|part| {
            part.add_turned(&[(0.066, 0.095), (0.05, 0.112), (0.0, 0.122)], 24, GLASS);
        });
        for piece in [socket, lens] {
            let pose = Isometry3::from_parts(Translation3::new(0.48, 0.0, 0.02), forward);
            mesh.add_moved(&piece, &pose);
        }
    })
}

fn arm() -> Mesh {
    const ROWS: usize = 10;
    const COLUMNS: usize = 20;
    made(|mesh| {
        let net = Net { rows: ROWS, columns: COLUMNS, is_closed: true, paint: PLAIN };
        let rounded = |value: f32| value.signum() * value.abs().powf(0.6);
        mesh.add_net(&net, |row, column| {
            let along = row as f32 / (ROWS - 1) as f32;
            let (sin, cos) = (TAU * column as f32 / COLUMNS as f32).sin_cos();
            // Wide at the body, slim towards the motor.
            let half_width = 0.056 + 0.05 * (1.0 - along).powi(2);
            let half_height = 0.032 + 0.014 * (1.0 - along);
            Vector3::new(
                0.16 + 0.84 * along,
                rounded(cos) * half_width,
                rounded(sin) * half_height - 0.03,
            )
        });
    })
}

/// In radii of the propeller, as it must fit under it.
fn motor() -> Mesh {
    made(|mesh| {
        let mount = [(0.0, -0.125), (0.17, -0.125), (0.20, -0.10), (0.20, 0.0), (0.17, 0.02)];
        mesh.add_turned(&mount, 32, CARBON);
        let base = [(0.17, 0.0), (0.17, 0.06), (0.145, 0.065)];
        mesh.add_turned(&base, 32, RUBBER);
        let bell = [(0.145, 0.065), (0.172, 0.07), (0.172, 0.21), (0.14, 0.25), (0.0, 0.25)];
        mesh.add_turned(&bell, 32, STEEL);
        mesh.add_turned(
            &[(0.174, 0.10), (0.177, 0.105), (0.177, 0.125), (0.174, 0.13)],
            32,
            RUBBER,
        );
        mesh.add_turned(&[(0.035, 0.25), (0.035, 0.40), (0.0, 0.41)], 12, STEEL);
        let foot = [(0.07, -0.12), (0.05, -0.40), (0.06, -0.44), (0.045, -0.47), (0.0, -0.48)];
        mesh.add_turned(&foot, 16, RUBBER);
    })
}

/// Two blades around z in the plane z = 0; `turn` is 1 for counterclockwise, -1 for clockwise.
fn propeller(turn: f32) -> Mesh {
    const ROWS: usize = 16;
    const COLUMNS: usize = 12;
    made(|mesh| {
        let hub = [(0.0, -0.055), (0.085, -0.05), (0.09, 0.0), (0.075, 0.035), (0.0, 0.05)];
        mesh.add_turned(&hub, 20, BLADE);
        let blade = made(|part| {
            let net = Net { rows: ROWS, columns: COLUMNS, is_closed: true, paint: BLADE };
            part.add_net(&net, |row, column| {
                let along = row as f32 / (ROWS - 1) as f32;
                let from_axis = 0.06 + 0.94 * along;
                // Widest at a third, round at the tip.
                let outline = (1.0 - along.powi(6)).max(0.0).sqrt();
                let chord = (0.058 + 0.36 * along * (1.0 - along).powi(2)) * outline;
                let thickness = 0.020 * (1.0 - 0.7 * along) * outline;
                let pitch_rad = 0.62 * (1.0 - 0.72 * along);
                let (sin, cos) = (TAU * column as f32 / COLUMNS as f32).sin_cos();
                let (across, over) = (cos * chord, sin * thickness);
                let (pitch_sin, pitch_cos) = pitch_rad.sin_cos();
                // The leading edge is the higher one and lies where the blade goes.
                Vector3::new(
                    from_axis,
                    turn * (across * pitch_cos - over * pitch_sin),
                    across * pitch_sin + over * pitch_cos,
                )
            });
        });
        for angle_rad in [0.0, PI] {
            let turned = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), angle_rad);
            mesh.add_moved(&blade, &Isometry3::from_parts(Translation3::identity(), turned));
        }
    })
}

/// Red of the paint is the distance from the axis, green how near a blade is.
fn disc() -> Mesh {
    const SEGMENTS: usize = 64;
    const RINGS: usize = 5;
    made(|mesh| {
        let net = Net { rows: RINGS, columns: SEGMENTS, is_closed: true, paint: PLAIN };
        mesh.add_net(&net, |row, column| {
            let radius = 0.1 + 0.9 * row as f32 / (RINGS - 1) as f32;
            let (sin, cos) = (TAU * column as f32 / SEGMENTS as f32).sin_cos();
            Vector3::new(radius * cos, radius * sin, 0.0)
        });
        for vertex in &mut mesh.vertices {
            let [x, y, _] = vertex.position;
            // Both are within 0 and 1.
            let nearness = 0.5 + 0.5 * (2.0 * y.atan2(x)).cos();
            vertex.paint = [(x.hypot(y) * 255.0) as u8, (nearness * 255.0) as u8, 0, 0];
            vertex.normal = [0.0, 0.0, 1.0];
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_large_as_they_say() {
        let reach = |part: Part, axis: usize| {
            part.mesh().vertices.iter().fold(0.0_f32, |most, v| most.max(v.position[axis].abs()))
        };
        assert!((reach(Part::Propeller, 0) - 1.0).abs() < 0.01);
        assert!((reach(Part::Disc, 1) - 1.0).abs() < 0.01);
        assert!((reach(Part::Arm, 0) - 1.0).abs() < 0.01);
        assert!(reach(Part::Motor, 2) < 0.5);
    }

    #[test]
    fn the_leading_edge_is_the_higher_one() {
        for (part, turn) in [(Part::Propeller, 1.0), (Part::PropellerClockwise, -1.0)] {
            let mesh = part.mesh();
            let blade = mesh.vertices.iter().filter(|vertex| vertex.position[0] > 0.3);
            // Counterclockwise, the blade on +x moves towards +y.
            let leading = blade.max_by(|a, b| a.position[2].total_cmp(&b.position[2])).unwrap();
            assert!(leading.position[1] * turn > 0.05, "{leading:?}");
        }
    }
}
