//! A badge: an image with the share of branches that were taken, for a README. It needs nothing from anywhere, and says in
//! words what its colour says.

use super::Contents;
use crate::coverage::{Gauge, Share};

/// What is measured, and how wide that is, in tenths of a pixel.
const LABEL: (&str, u32) = ("branches", 520);
/// What stands before and behind each of the two texts.
const PADDING: u32 = 60;

/// A coverage report as an image (SVG).
pub fn badge(contents: &Contents<'_>) -> String {
    let share = contents.account.figures.share(Gauge::Branches);
    let value = share.to_string();
    let (label, label_width) = LABEL;
    let value_width = width(&value);
    let left = label_width + 2 * PADDING;
    let right = value_width + 2 * PADDING;
    let whole = left + right;
    let colour = colour(share);
    let title = match share.tenths() {
        None => "branches: there are none".to_owned(),
        Some(_) => format!("branches: {value} taken"),
    };
    let text = |x: u32, width: u32, text: &str| {
        format!(
            r#"<text x="{}" y="14" textLength="{}">{text}</text>"#,
            pixels(x),
            pixels(width)
        )
    };
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{title}">
  <title>{title}</title>
  <clipPath id="r"><rect width="{whole}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#r)">
    <rect width="{left}" height="20" fill="#444c56"/>
    <rect x="{left}" width="{right}" height="20" fill="{colour}"/>
  </g>
  <g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" text-rendering="geometricPrecision">
    {}
    {}
  </g>
</svg>
"##,
        text(PADDING, label_width, label),
        text(left + PADDING, value_width, &value),
        whole = pixels(whole),
        left = pixels(left),
        right = pixels(right),
    )
}

/// How wide the text of a share is, in tenths of a pixel; `textLength` holds other fonts to it.
fn width(text: &str) -> u32 {
    let of = |character| match character {
        '.' | ' ' => 40,
        '%' => 118,
        _ => 70,
    };
    text.chars().map(of).sum()
}

fn pixels(tenths: u32) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// White text can be read on all of them.
fn colour(share: Share) -> &'static str {
    match share.tenths() {
        None => "#59636e",
        Some(900..) => "#1a7f37",
        Some(700..) => "#8a6100",
        Some(_) => "#c1212c",
    }
}
