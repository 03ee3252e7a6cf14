//! Points in time as HTML: the time of day of a message, and Discord's timestamps.
//!
//! The server writes them in English and UTC; the script puts the reader's own language and zone in their place.

use std::fmt::Write;

use maud::{Markup, PreEscaped};

/// The span that has a calendar date of four digits, in seconds from 1970: 0000-01-01 to 9999-12-31.
const DATES: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The first of January 1970 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

/// The time of day at which a message was sent, in seconds since 1970.
pub(crate) fn time_of_day(at: u64) -> Markup {
    let mut html = String::new();
    element(i64::try_from(at).unwrap_or(0), 't', "time", 0, &mut html);
    PreEscaped(html)
}

/// Writes the timestamp that is written `<t:SECONDS>` or `<t:SECONDS:STYLE>`; `None` if `stamp` (what follows `t:`) is
/// none that can be shown. <https://docs.discord.com/developers/reference#message-formatting-timestamp-styles>
pub(crate) fn timestamp(stamp: &str, now: u64, html: &mut String) -> Option<()> {
    let (seconds, style) = stamp.split_once(':').unwrap_or((stamp, "f"));
    let digits = seconds.strip_prefix('-').unwrap_or(seconds);
    let at =
        seconds.parse().ok().filter(|at| DATES.contains(at) && digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let style = ["t", "T", "d", "D", "f", "F", "R"].iter().find(|known| **known == style)?.chars().next()?;
    element(at, style, "mention", now, html);
    Some(())
}

fn element(at: i64, style: char, class: &str, now: u64, html: &mut String) {
    let (days, second) = (at.div_euclid(86_400), at.rem_euclid(86_400));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let month_name = MONTHS[usize::try_from(month - 1).expect("a month is 1 to 12")];
    let weekday = WEEKDAYS[usize::try_from(days.rem_euclid(7)).expect("a weekday is 0 to 6")];
    let words = match style {
        't' => format!("{hour:02}:{minute:02} UTC"),
        'T' => format!("{hour:02}:{minute:02}:{second:02} UTC"),
        'd' => format!("{day:02}/{month:02}/{year:04}"),
        'D' => format!("{day} {month_name} {year}"),
        'F' => format!("{weekday}, {day} {month_name} {year} at {hour:02}:{minute:02} UTC"),
        'R' => relative(at - i64::try_from(now).unwrap_or(0)),
        _ => format!("{day} {month_name} {year} at {hour:02}:{minute:02} UTC"),
    };
    write!(
        html,
        "<time class=\"{class}\" datetime=\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z\" \
         data-at=\"{at}\" data-style=\"{style}\">{words}</time>"
    )
    .expect("writing to a String cannot fail");
}

/// Words for a distance in seconds, in the largest unit that fits.
fn relative(distance: i64) -> String {
    const UNITS: [(i64, &str); 6] =
        [(31_536_000, "year"), (2_592_000, "month"), (86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let seconds = distance.abs();
    let (length, unit) = UNITS.into_iter().find(|(length, _)| seconds >= *length).unwrap_or((1, "second"));
    let count = seconds / length;
    let plural = if count == 1 { "" } else { "s" };
    if distance < 0 { format!("{count} {unit}{plural} ago") } else { format!("in {count} {unit}{plural}") }
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
fn date(days: i64) -> (i64, i64, i64) {
    // Years are counted from March, so that a leap day is a year's last: https://howardhinnant.github.io/date_algorithms.html
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a timestamp that is read at 1700000000; the text itself if it is none.
    fn shown(stamp: &str) -> String {
        let mut html = String::new();
        match timestamp(stamp, 1_700_000_000, &mut html) {
            Some(()) => html.split(['<', '>']).nth(2).unwrap_or_default().to_owned(),
            None => stamp.to_owned(),
        }
    }

    #[test]
    fn discords_timestamps_in_every_style() {
        for (stamp, words) in [
            ("1700000000", "14 November 2023 at 22:13 UTC"),
            ("1700000000:t", "22:13 UTC"),
            ("1700000000:T", "22:13:20 UTC"),
            ("1700000000:d", "14/11/2023"),
            ("1700000000:D", "14 November 2023"),
            ("1700000000:f", "14 November 2023 at 22:13 UTC"),
            ("1700000000:F", "Tuesday, 14 November 2023 at 22:13 UTC"),
            ("1700000000:R", "in 0 seconds"),
            ("1699999999:R", "1 second ago"),
            ("1700007200:R", "in 2 hours"),
            ("1600000000:R", "3 years ago"),
            ("951782400:D", "29 February 2000"),
            ("0:F", "Thursday, 1 January 1970 at 00:00 UTC"),
            ("-1:F", "Wednesday, 31 December 1969 at 23:59 UTC"),
            ("-62167219200:D", "1 January 0"),
            ("253402300799:d", "31/12/9999"),
        ] {
            assert_eq!(shown(stamp), words, "{stamp}");
        }
        for none in ["", "x", "+1", "1:x", "1:tt", "1:", "1.5", "253402300800", "99999999999999999999"] {
            assert_eq!(shown(none), none);
        }
    }

    #[test]
    fn the_script_finds_what_it_needs() {
        assert_eq!(
            time_of_day(1_700_000_000).into_string(),
            "<time class=\"time\" datetime=\"2023-11-14T22:13:20Z\" data-at=\"1700000000\" data-style=\"t\">22:13 UTC</time>"
        );
    }
}
