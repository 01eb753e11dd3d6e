//! A bar chart for each work load.

use std::path::Path;

use plotters::prelude::*;

use crate::{Result, rows::Profile};

/// Contests that have a chart, and the name of its file.
const CHARTS: &[(&str, &str)] = &[
    ("envelope", "ENVELOPE, 16 KiB reads"),
    ("flags", "FLAGS, 16 KiB reads"),
    ("bodystructure", "BODYSTRUCTURE, 16 KiB reads"),
    ("small-bodies", "small bodies, 16 KiB reads"),
    ("large-bodies", "large bodies, 16 KiB reads"),
    ("list", "LIST, 16 KiB reads"),
    ("search", "SEARCH, 16 KiB reads"),
    ("esearch", "ESEARCH, 16 KiB reads"),
    ("status", "STATUS, 16 KiB reads"),
    ("capability", "CAPABILITY, 16 KiB reads"),
    ("mixed", "mixed, reads of 1"),
    ("few-flags", "few FLAGS, reads of 1"),
    ("few-envelope", "few ENVELOPE, reads of 1"),
    ("pop3-mail", "POP3 mail, un-stuffing"),
    ("pop3-list", "POP3 LIST, one event an item"),
    ("pop3-uidl", "POP3 UIDL, one event an item"),
    ("pop3-retr", "POP3 RETR, 8 MB over loopback"),
];

const WIDTH: i32 = 860;
/// The start of the bars, and the length of the longest.
const LEFT: i32 = 330;
const LONGEST: i32 = 430;
const TOP: i32 = 60;
const BAR: i32 = 12;

/// Draws all of them. Returns the names of the files, without their ending.
pub(crate) fn draw(profiles: &[Profile], folder: &Path) -> Result<Vec<&'static str>> {
    let mut drawn = Vec::new();
    for (file, contest) in CHARTS {
        if one(profiles, contest, &folder.join(format!("{file}.svg")))? {
            drawn.push(*file);
        }
    }
    Ok(drawn)
}

fn one(profiles: &[Profile], contest: &str, file: &Path) -> Result<bool> {
    let Some(contest) = profiles.first().and_then(|first| first.contest(contest)) else {
        return Ok(false);
    };
    // A contender that parses nothing would make the other bars too short to compare.
    let rows: Vec<_> = contest
        .rows
        .iter()
        .filter(|row| row.failure.is_empty() && row.leaves_out != "nothing is parsed")
        .filter(|row| row.role != "limit" || row.name == contest.baseline)
        .collect();
    let speed =
        |profile: &Profile, name: &str| profile.contest(&contest.name)?.megabytes_per_second(name);
    let top = profiles
        .iter()
        .flat_map(|profile| rows.iter().filter_map(|row| speed(profile, &row.name)))
        .fold(f64::MIN_POSITIVE, f64::max);
    let bars = i32::try_from(profiles.len())?;
    let step = BAR * bars + 10;
    let height = TOP + step * i32::try_from(rows.len())? + 10;
    let size = (u32::try_from(WIDTH)?, u32::try_from(height)?);
    let area = SVGBackend::new(file, size).into_drawing_area();
    area.fill(&WHITE)?;
    let font = |size: i32| ("sans-serif", size).into_font().color(&BLACK);
    area.draw(&Text::new(
        format!("{}: {}, MB/s, longer is faster", contest.name, contest.content),
        (12, 10),
        font(16),
    ))?;
    let legend: Vec<&str> = profiles.iter().map(|profile| profile.name).collect();
    area.draw(&Text::new(
        format!("bars from the top: profile {}", legend.join(", profile ")),
        (12, 34),
        font(12),
    ))?;
    let mut y = TOP;
    for row in rows {
        area.draw(&Text::new(row.name.clone(), (12, y), font(13)))?;
        let color = match row.role.as_str() {
            "ours" => RGBColor(0x1b, 0x7f, 0x5c),
            "peer" => RGBColor(0x4a, 0x6f, 0xa5),
            _ => RGBColor(0x99, 0x99, 0x99),
        };
        for (place, profile) in (0..).zip(profiles) {
            let Some(speed) = speed(profile, &row.name) else {
                continue;
            };
            let from = y + place * BAR;
            #[expect(clippy::cast_possible_truncation, reason = "a share of some hundred pixels")]
            let length = ((speed / top * f64::from(LONGEST)) as i32).max(1);
            let corners = [(LEFT, from), (LEFT + length, from + BAR - 2)];
            let fill = color.mix(if place == 0 { 1.0 } else { 0.6 }).filled();
            area.draw(&Rectangle::new(corners, fill))?;
            area.draw(&Text::new(format!("{speed:.0}"), (LEFT + length + 6, from - 1), font(11)))?;
        }
        y += step;
    }
    area.present()?;
    Ok(true)
}
