//! The picture of the README, drawn from flights of the release binary.

use core::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use plotters::prelude::*;

/// Seed of the flights.
const SEED: &str = "0";

/// What is flown: name in the legend, arguments and color.
const FLIGHTS: [(&str, &[&str], RGBColor); 3] = [
    ("LTC policy", &[], RGBColor(31, 119, 180)),
    (
        "CfC policy",
        &["--policy", "assets/policies/drone_hover_cfc.safetensors"],
        RGBColor(44, 160, 44),
    ),
    ("Lee controller", &["--controller", "lee"], RGBColor(214, 39, 40)),
];

/// Flies the gust scene under each controller and writes `docs/gust.svg`.
pub(crate) fn draw() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut curves = Vec::new();
    for (name, arguments, color) in FLIGHTS {
        curves.push((name, color, fly(&root, arguments)?));
    }
    fs::create_dir_all(root.join("docs"))?;
    let path = root.join("docs/gust.svg");
    let area = SVGBackend::new(&path, (880, 330)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(38)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..8.0, 0.0..0.55)?;
    // The gust blows from 3 s to 5 s.
    let gust = Rectangle::new([(3.0, 0.0), (5.0, 0.55)], RGBColor(235, 235, 235).filled());
    chart.draw_series([gust])?;
    chart.draw_series([Text::new("gust, 3 m/s", (3.06, 0.53), ("sans-serif", 14))])?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("time, s")
        .y_desc("distance from setpoint, m")
        .label_style(("sans-serif", 14))
        .draw()?;
    for (name, color, points) in curves {
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .label_font(("sans-serif", 14))
        .draw()?;
    area.present()?;
    println!("{}", path.display());
    Ok(())
}

/// Time and distance from the setpoint of one flight.
fn fly(root: &Path, arguments: &[&str]) -> Result<Vec<(f64, f64)>, Box<dyn Error>> {
    let folder = root.join("target/picture");
    // A missed expectation, such as the Lee controller's, is a picture too: the status is not judged.
    Command::new("cargo")
        .args(["run", "--quiet", "--release", "--package", "rivus", "--"])
        .args(["sim", "drone_gust", "--seed", SEED, "--out"])
        .arg(&folder)
        .args(arguments)
        .current_dir(root)
        .output()?;
    let mut table = csv::Reader::from_path(folder.join(format!("drone_gust-{SEED}.csv")))?;
    let header = table.headers()?.clone();
    let column = |name: &str| {
        header.iter().position(|column| column == name).ok_or_else(|| format!("no column {name}"))
    };
    let time = column("t")?;
    let axes =
        [("x", "setx"), ("y", "sety"), ("z", "setz")].map(|(at, set)| (column(at), column(set)));
    let mut points = Vec::new();
    for row in table.deserialize::<Vec<f64>>() {
        let row = row?;
        let mut square = 0.0;
        for (at, set) in &axes {
            let off = row[at.clone()?] - row[set.clone()?];
            square += off * off;
        }
        points.push((row[time], square.sqrt()));
    }
    Ok(points)
}
