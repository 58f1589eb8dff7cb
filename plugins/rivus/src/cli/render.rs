//! `rivus render`: a picture of a flight, without a window.

use core::str::FromStr;
use std::path::PathBuf;

use anyhow::ensure;
use rivus::{DEFAULT_SCENE, SceneLoader};
use rivus_gui::view3d::CameraMode;
use rivus_gui::{Flier, Shot, Wanted};

use super::{Outcome, check_out, out};

/// The latest moment, s: ten minutes take a while.
const AT_MAX_S: f64 = 600.0;

/// The longest side of a picture, pixels: what every graphics driver can draw.
const SIDE_MAX_PX: u32 = 8192;

/// Arguments of `rivus render`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A scene file, the name of a built-in scene, or a recording (`.mcap`).
    #[arg(default_value = DEFAULT_SCENE)]
    scene: String,
    /// The moment, in seconds from the beginning of the flight.
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0, allow_negative_numbers = true)]
    at: f64,
    /// The PNG file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Width and height in pixels.
    #[arg(long, value_name = "WxH", default_value = "1280x720")]
    size: Size,
    /// What the camera holds on to.
    #[arg(long, value_enum, default_value_t = Camera::Follow)]
    camera: Camera,
    /// On light ground.
    #[arg(long)]
    light: bool,
    /// Seed of start and noise; the scene's own if none is given.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Fly this policy instead of the scene's.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// What the camera holds on to.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Camera {
    Follow,
    Orbit,
    Chase,
    Top,
}

/// Width and height, pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size([u32; 2]);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| text.parse().ok().filter(|side| (16..=SIDE_MAX_PX).contains(side));
        let sides = text.split_once('x').and_then(|(w, h)| Some([side(w)?, side(h)?]));
        let expected = || format!("expected WIDTHxHEIGHT, each from 16 to {SIDE_MAX_PX}");
        sides.map(Self).ok_or_else(expected)
    }
}

/// Flies until the moment and draws it.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let is_moment = args.at > 0.0 && args.at <= AT_MAX_S;
    ensure!(is_moment, "--at {}: expected a number above 0, at most {AT_MAX_S}", args.at);
    check_out(&args.out)?;
    let is_png = args.out.extension().is_some_and(|end| end.eq_ignore_ascii_case("png"));
    ensure!(is_png, "{}: pictures are PNG files, expected a name with .png", args.out.display());
    let flier = args.policy.as_ref().map(|path| Flier::Policy(path.display().to_string()));
    let shot = Shot {
        wanted: Wanted {
            scene: args.scene.clone(),
            seed: args.seed,
            flier: flier.unwrap_or_default(),
            record: None,
        },
        at_s: args.at,
        size_px: args.size.0,
        camera: match args.camera {
            Camera::Follow => CameraMode::Follow,
            Camera::Orbit => CameraMode::Orbit,
            Camera::Chase => CameraMode::Chase,
            Camera::Top => CameraMode::Top,
        },
        is_dark: !args.light,
    };
    SceneLoader::check(&shot.wanted)?;
    let picture = rivus_gui::take(SceneLoader::default(), &shot)?;
    picture.write_png(&args.out)?;
    let [width, height] = picture.size_px;
    let path = args.out.display();
    out(format_args!("{path}: {width} x {height} pixels, drawn by {}", picture.adapter));
    Ok(Outcome::Pass)
}
