//! Horizontal bars as an SVG that can be read in light and dark.

use std::fmt::Write as _;

/// A chart of labelled figures; longer bars are slower.
pub(crate) fn bars(title: &str, bars: &[(&str, f64)]) -> String {
    const LEFT: f64 = 250.0;
    const WIDTH: f64 = 420.0;
    const ROW: f64 = 30.0;
    let longest = bars.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let mut top = 44.0;
    let mut text = String::new();
    for (label, value) in bars {
        let length = (value / longest * WIDTH).max(1.0);
        let middle = top + ROW / 2.0 + 1.0;
        let ours = if label.starts_with("pgassay") {
            "ours"
        } else {
            "other"
        };
        let _ = writeln!(
            text,
            "<text x=\"{:.0}\" y=\"{middle:.0}\" class=\"label\">{label}</text>\n\
             <rect x=\"{LEFT:.0}\" y=\"{:.0}\" width=\"{length:.1}\" height=\"18\" rx=\"3\" class=\"{ours}\"/>\n\
             <text x=\"{:.0}\" y=\"{middle:.0}\">{value:.2}</text>",
            LEFT - 10.0,
            top + 2.0,
            LEFT + length + 8.0,
        );
        top += ROW;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 740 {:.0}\" role=\"img\" aria-label=\"{title}\">\n\
         <style>\n\
         text {{ font: 14px system-ui, sans-serif; fill: #1f2328; }}\n\
         .label {{ text-anchor: end; }}\n\
         .title {{ font-weight: 600; }}\n\
         .ours {{ fill: #2563eb; }}\n\
         .other {{ fill: #9aa4b2; }}\n\
         @media (prefers-color-scheme: dark) {{ text {{ fill: #e6edf3; }} .ours {{ fill: #60a5fa; }} .other {{ fill: #6b7684; }} }}\n\
         </style>\n\
         <text x=\"10\" y=\"24\" class=\"title\">{title}</text>\n\
         {text}</svg>\n",
        top + 10.0
    )
}
