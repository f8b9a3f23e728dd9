//! An evaluation as one page that needs nothing else: no script, no font, no network.

use crate::figures::{Figures, Thresholds};
use crate::rate::Rate;
use crate::text::{LEVELS, heading, name, rates, told};
use std::fmt::Write;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1c2430}\
h1,h2{line-height:1.2}table{border-collapse:collapse;margin:1rem 0}th,td{padding:.3rem .7rem;border-bottom:1px solid #d5dae1;\
text-align:left;vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}.hit{background:#dcefe2}\
.miss{background:#f8dada}.rule{color:#5a6675;font-size:.9em}svg text{font:12px system-ui,sans-serif}";

/// The page. `title` says which cases they were.
pub fn html(figures: &Figures, thresholds: &Thresholds, title: &str) -> String {
    let title = escaped(title);
    let mut out = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><h1>{title}</h1>"
    );
    overall(&mut out, figures, thresholds);
    confusion(&mut out, figures);
    categories(&mut out, figures);
    misses(&mut out, figures);
    out.push_str("</html>\n");
    out
}

fn overall(out: &mut String, figures: &Figures, thresholds: &Thresholds) {
    let wanted = [
        Some(thresholds.emergency_sensitivity),
        Some(thresholds.emergency_specificity),
        Some(thresholds.urgent_sensitivity),
        None,
    ];
    let mut rows: Vec<(String, Rate, Option<f64>)> = rates(&figures.all)
        .into_iter()
        .zip(wanted)
        .map(|((name, rate), wanted)| (name.to_owned(), rate, wanted))
        .collect();
    rows.push((
        "review recall".into(),
        figures.review_recall,
        Some(thresholds.review_recall),
    ));
    rows.push((
        "false-block rate".into(),
        figures.false_blocks,
        Some(thresholds.false_blocks),
    ));
    out.push_str("<h2>Figures</h2><p>Bars are 95 % Wilson intervals; the red line is the threshold.</p>");
    chart(out, &rows);
}

fn categories(out: &mut String, figures: &Figures) {
    out.push_str("<h2>Emergency sensitivity by category</h2>");
    let rows: Vec<_> = figures
        .categories
        .iter()
        .map(|(name, of)| (name.clone(), of.emergency_sensitivity, None))
        .filter(|(_, rate, _)| rate.of > 0)
        .collect();
    chart(out, &rows);
    out.push_str("<h2>Emergency specificity by category</h2>");
    let rows: Vec<_> = figures
        .categories
        .iter()
        .map(|(name, of)| (name.clone(), of.emergency_specificity, None))
        .filter(|(_, rate, _)| rate.of > 0)
        .collect();
    chart(out, &rows);
}

/// One line for each rate: its interval as a bar, the share as a dot.
fn chart(out: &mut String, rows: &[(String, Rate, Option<f64>)]) {
    const LEFT: f64 = 210.0;
    const WIDTH: f64 = 380.0;
    const LINE: usize = 24;
    let height = rows.len() * LINE + 30;
    let _ = write!(out, "<svg viewBox=\"0 0 860 {height}\" width=\"860\" role=\"img\">");
    let x = |share: f64| LEFT + WIDTH * share;
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let _ = write!(
            out,
            "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"0\" y2=\"{1}\" stroke=\"#e3e7ec\"/>\
             <text x=\"{0:.1}\" y=\"{2}\" text-anchor=\"middle\" fill=\"#5a6675\">{tick}</text>",
            x(tick),
            height - 22,
            height - 6
        );
    }
    for (at, (name, rate, wanted)) in rows.iter().enumerate() {
        let y = at * LINE + 14;
        let _ = write!(out, "<text x=\"0\" y=\"{}\">{}</text>", y + 4, escaped(name));
        if let (Some(share), Some((low, high))) = (rate.share(), rate.interval()) {
            let _ = write!(
                out,
                "<rect x=\"{:.1}\" y=\"{}\" width=\"{:.1}\" height=\"6\" rx=\"3\" fill=\"#8fb4d9\"/>\
                 <circle cx=\"{:.1}\" cy=\"{y}\" r=\"5\" fill=\"#1f5d99\"/>",
                x(low),
                y - 3,
                (high - low) * WIDTH,
                x(share)
            );
        }
        if let Some(wanted) = wanted {
            let _ = write!(
                out,
                "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#c0392b\" stroke-width=\"2\"/>",
                x(*wanted),
                y - 9,
                y + 9
            );
        }
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\">{}</text>",
            LEFT + WIDTH + 14.0,
            y + 4,
            told(*rate)
        );
    }
    out.push_str("</svg>");
}

fn confusion(out: &mut String, figures: &Figures) {
    out.push_str("<h2>Confusion</h2><table><tr><th>is \\ found to be</th>");
    for level in LEVELS {
        let _ = write!(out, "<th>{}</th>", name(level));
    }
    out.push_str("</tr>");
    for (at, row) in figures.confusion.iter().enumerate() {
        let _ = write!(out, "<tr><th>{}</th>", name(LEVELS[at]));
        for (column, count) in row.iter().enumerate() {
            let class = match *count {
                0 => "n",
                _ if at == column => "n hit",
                _ => "n miss",
            };
            let _ = write!(out, "<td class=\"{class}\">{count}</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>");
}

fn misses(out: &mut String, figures: &Figures) {
    let mut last = None;
    for miss in &figures.misses {
        if last != Some(miss.kind) {
            out.push_str(if last.is_some() { "</table>" } else { "" });
            let _ = write!(
                out,
                "<h2>{}</h2><table><tr><th>Case</th><th>Words</th><th>Is</th><th>Found</th></tr>",
                heading(miss.kind)
            );
            last = Some(miss.kind);
        }
        let _ = write!(out, "<tr><td>{}</td><td>{}", escaped(&miss.id), escaped(&miss.text));
        for (rule, words) in &miss.rules {
            let _ = write!(out, "<div class=\"rule\">{}: {}</div>", escaped(rule), escaped(words));
        }
        let _ = write!(
            out,
            "</td><td>{}</td><td>{}</td></tr>",
            name(miss.level),
            name(miss.found)
        );
    }
    out.push_str(if last.is_some() { "</table>" } else { "" });
    if figures.review_misses.is_empty() {
        return;
    }
    out.push_str("<h2>Answers</h2><table><tr><th>Case</th><th>Answer</th><th>Expected</th><th>Got</th></tr>");
    for miss in &figures.review_misses {
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{:?} {}</td><td>{:?} {}</td></tr>",
            escaped(&miss.id),
            escaped(&miss.answer),
            miss.expect,
            escaped(&miss.violations.join(", ")),
            miss.decision,
            escaped(&miss.rules.join(", "))
        );
    }
    out.push_str("</table>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
