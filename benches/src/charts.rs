//! The charts as one SVG: bars for the main workloads, lines for the two curves.

use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::chart::{ChartBuilder, SeriesLabelPosition};
use plotters::coord::Shift;
use plotters::coord::combinators::IntoLogRange as _;
use plotters::drawing::{DrawingArea, IntoDrawingArea as _};
use plotters::element::{PathElement, Rectangle, Text};
use plotters::series::LineSeries;
use plotters::style::{BLACK, Color as _, IntoFont as _, RGBColor, ShapeStyle, WHITE};

use crate::metric::Metric;
use crate::peers::{AnyPeer, Role};
use crate::results::Results;
use crate::runtime::Flavor;
use crate::workloads::{CURVES, IDLE, SIZES, idle_name, show_size, size_name};

/// Draws the charts.
pub(crate) fn svg(
    flavor: Flavor,
    peers: &[Box<dyn AnyPeer>],
    results: &Results,
) -> anyhow::Result<String> {
    let mut drawn = String::new();
    {
        let root = SVGBackend::with_string(&mut drawn, (WIDTH, HEIGHT)).into_drawing_area();
        draw(&root, flavor, peers, results)?;
    }
    Ok(drawn)
}

fn draw<B: DrawingBackend>(
    root: &DrawingArea<B, Shift>,
    flavor: Flavor,
    peers: &[Box<dyn AnyPeer>],
    results: &Results,
) -> anyhow::Result<()>
where
    B::ErrorType: 'static,
{
    root.fill(&WHITE)?;
    let panels = root.split_evenly((4, 2));
    let bars = [
        (
            "sequential",
            Metric::P50,
            "One caller, 64 B: median in µs, less is better",
        ),
        (
            "callers-64",
            Metric::Rate,
            "64 callers, 64 B: thousand calls per second",
        ),
        (
            "callers-16-4k",
            Metric::Rate,
            "16 callers, 4 KiB: thousand calls per second",
        ),
        (
            "large-1m",
            Metric::Throughput,
            "1 MiB there and back: MiB per second",
        ),
        (
            "callers-64",
            Metric::Cpu,
            "CPU per call at 64 callers: µs, less is better",
        ),
        (
            "memory",
            Metric::Memory,
            "Server's memory per idle connection: KiB, less is better",
        ),
    ];
    for (panel, (workload, metric, title)) in panels.iter().zip(bars) {
        draw_bars(
            panel,
            &format!("{title} ({flavor})"),
            &bar_values(peers, results, workload, metric),
        )?;
    }
    if let [.., sizes, idle] = panels.as_slice() {
        let points = SIZES.map(|size| (size, size_name(size)));
        let title = format!("One caller by message size: median in µs ({flavor})");
        draw_lines(sizes, &title, &curves(results, &points), 16.0, |size| {
            show_size(*size)
        })?;
        // A logarithmic axis has no zero.
        let points = IDLE.map(|idle| (idle.max(1), idle_name(idle)));
        let title = format!("One caller, 64 B, by idle connections: median in µs ({flavor})");
        let show = |&idle: &usize| match idle {
            1 => "0".to_owned(),
            _ => idle.to_string(),
        };
        draw_lines(idle, &title, &curves(results, &points), 10.0, show)?;
    }
    root.present()?;
    Ok(())
}

/// A chart's line: a peer and its points.
struct Curve {
    peer: &'static str,
    color: RGBColor,
    points: Vec<(usize, f64)>,
}

fn curves(results: &Results, points: &[(usize, String)]) -> Vec<Curve> {
    CURVES
        .into_iter()
        .zip(COLORS)
        .map(|(peer, color)| Curve {
            peer,
            color,
            points: points
                .iter()
                .filter_map(|(x, workload)| {
                    Some((*x, results.median(workload, Metric::P50, peer)?))
                })
                .collect(),
        })
        .filter(|curve| !curve.points.is_empty())
        .collect()
}

fn bar_values(
    peers: &[Box<dyn AnyPeer>],
    results: &Results,
    workload: &str,
    metric: Metric,
) -> Vec<(&'static str, f64)> {
    peers
        .iter()
        .filter(|peer| matches!(peer.role(), Role::Rpc | Role::Bare))
        .filter_map(|peer| Some((peer.name(), results.median(workload, metric, peer.name())?)))
        .collect()
}

fn draw_bars<B: DrawingBackend>(
    panel: &DrawingArea<B, Shift>,
    title: &str,
    values: &[(&'static str, f64)],
) -> anyhow::Result<()>
where
    B::ErrorType: 'static,
{
    panel.draw(&Text::new(
        title.to_owned(),
        (16, 14),
        ("sans-serif", 15).into_font(),
    ))?;
    let most = values.iter().map(|&(_, value)| value).fold(0.0, f64::max);
    let (mut top, step) = (44, 24);
    for &(peer, value) in values {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most the bar's width, in pixels"
        )]
        let len = (f64::from(BAR) * value / most) as i32;
        let color = match peer {
            "domainsockets" => BLUE,
            _ => GRAY,
        };
        let font = || ("sans-serif", 13).into_font();
        panel.draw(&Text::new(peer, (16, top), font()))?;
        panel.draw(&Rectangle::new(
            [(LEFT, top - 2), (LEFT + len.max(1), top + 14)],
            color.filled(),
        ))?;
        panel.draw(&Text::new(
            Metric::show(value),
            (LEFT + len + 6, top),
            font(),
        ))?;
        top += step;
    }
    Ok(())
}

fn draw_lines<B: DrawingBackend>(
    panel: &DrawingArea<B, Shift>,
    title: &str,
    curves: &[Curve],
    base: f64,
    show: impl Fn(&usize) -> String,
) -> anyhow::Result<()>
where
    B::ErrorType: 'static,
{
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let Some(right) = points().map(|&(x, _)| x).max() else {
        return Ok(());
    };
    let left = points().map(|&(x, _)| x).min().unwrap_or(1);
    let top = points().map(|&(_, y)| y).fold(1.0, f64::max);
    let bottom = points().map(|&(_, y)| y).fold(top, f64::min);
    let mut chart = ChartBuilder::on(panel)
        .caption(title, ("sans-serif", 15))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(60)
        .build_cartesian_2d(
            (left..right + 1).log_scale().base(base),
            (bottom / 2.0..top * 2.0).log_scale(),
        )?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .x_label_formatter(&show)
        .y_label_formatter(&|y| Metric::show(*y))
        .draw()?;
    for curve in curves {
        let style = ShapeStyle::from(curve.color).stroke_width(2);
        chart
            .draw_series(LineSeries::new(curve.points.iter().copied(), style))?
            .label(curve.peer)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .border_style(BLACK.mix(0.2))
        .draw()?;
    Ok(())
}

const WIDTH: u32 = 1080;

const HEIGHT: u32 = 1200;

/// Where bars begin, and the length of the longest one.
const LEFT: i32 = 150;

const BAR: i32 = 310;

const BLUE: RGBColor = RGBColor(0x1f, 0x6f, 0xb4);

const GRAY: RGBColor = RGBColor(0x9a, 0xa3, 0xad);

/// The colors of the lines, the library's first.
const COLORS: [RGBColor; CURVES.len()] = [
    BLUE,
    GRAY,
    RGBColor(0xd9, 0x5f, 0x02),
    RGBColor(0x1b, 0x9e, 0x77),
];
