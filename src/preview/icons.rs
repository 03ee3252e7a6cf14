//! Our own icons: lines in a box of 24 by 24.

use maud::{Markup, PreEscaped, html};

pub(super) const CARDS: &str = "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z";
pub(super) const CLOCK: &str = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2";
pub(super) const DOWNLOAD: &str = "M12 4v11M7 11l5 5 5-5M5 20h14";
pub(super) const EYE: &str =
    "M2 12s3.5-6 10-6 10 6 10 6-3.5 6-10 6S2 12 2 12M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5";
pub(super) const FILE: &str = "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6";
pub(super) const GEAR: &str = "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M5.3 18.7l2.1-2.1M16.6 7.4l2.1-2.1";
pub(super) const HASH: &str = "M5 9h15M4 15h15M10 4 8 20M16 4l-2 16";
pub(super) const OPEN: &str = "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6";
pub(super) const PEOPLE: &str = "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M2.5 20a6.5 6.5 0 0 1 13 0M16 5.5a3.5 3.5 0 0 1 0 6M18 14.5a6.5 6.5 0 0 1 3.500 5.500";
pub(super) const SEND: &str = "M4 4l17 8-17 8 3-8-3-8M7 12h8";

/// Draws an icon from its path.
pub(super) fn icon(path: &str) -> Markup {
    html! {
        (PreEscaped("<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">"))
        path d=(path) {}
        (PreEscaped("</svg>"))
    }
}
