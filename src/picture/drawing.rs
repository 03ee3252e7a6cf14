//! Descriptions of pictures, which can be compared and hashed, and contain no pixels.

use std::collections::BTreeMap;

/// The description of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Drawing {
    /// Where the regions' borders run.
    pub regions: Regions,
    /// The people: places in ascending order, no two entries with the same place and shape.
    pub dots: Vec<Dot>,
    /// The mean of the people's needs and what is suggested to all of them, drawn as a ring; `None` for one person.
    pub mean: Option<(Place, Shape)>,
}

impl Drawing {
    /// Describes one person's suggestion: one dot.
    pub fn person(regions: Regions, place: Place, shape: Shape) -> Self {
        Self { regions, dots: vec![Dot { place, shape, count: 1 }], mean: None }
    }

    /// Describes a team's result: a dot for each person, and the mean. The order of `people` does not matter.
    pub fn team(regions: Regions, people: impl IntoIterator<Item = (Place, Shape)>, mean: (Place, Shape)) -> Self {
        let mut counts = BTreeMap::new();
        for person in people {
            *counts.entry(person).or_insert(0) += 1;
        }
        let counts = counts.into_iter().map(|((place, shape), count)| (place, shape, count));
        Self::team_counted(regions, counts, mean)
    }

    /// Describes a team's result from counts: how many people are at each place with each shape. Each pair occurs once.
    pub fn team_counted(
        regions: Regions,
        counts: impl IntoIterator<Item = (Place, Shape, u32)>,
        mean: (Place, Shape),
    ) -> Self {
        let mut dots: Vec<_> = counts.into_iter().map(|(place, shape, count)| Dot { place, shape, count }).collect();
        dots.sort_by_key(|dot| (dot.place, dot.shape));
        Self { regions, dots, mean: Some(mean) }
    }
}

/// A position between no need and the largest need that the questions can show, for both roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Percent of the most points toward a CTO: up.
    pub cto: u8,
    /// Percent of the most points toward a CIO: right.
    pub cio: u8,
}

impl Place {
    /// Computes the place of these points, of which one role could have had at most `most`. Without any points, both
    /// needs are 0 percent; more than `most` points are 100 percent.
    pub fn new(cto: u32, cio: u32, most: u32) -> Self {
        let percent = |points: u32| {
            let rounded = (u64::from(points) * 200 + u64::from(most)) / (u64::from(most) * 2).max(1);
            u8::try_from(rounded.min(100)).expect("100 fits")
        };
        Self { cto: percent(cto), cio: percent(cio) }
    }
}

/// People at one place with one outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dot {
    /// Where they stand.
    pub place: Place,
    /// What was suggested to them.
    pub shape: Shape,
    /// The number of people; at least one.
    pub count: u32,
}

/// The shape of a dot: what was suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// A CTO: a triangle.
    Cto,
    /// A CIO: a square.
    Cio,
    /// Both: a disc.
    Both,
    /// Neither, as the answers do not tell the roles apart: a circle, not filled.
    Nothing,
}

/// The borders of the regions, in percent of the most points one role could have had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Regions {
    /// Where one role is clear; `None` if the rule has no such region.
    pub clear: Option<ClearRegion>,
    /// Where it is both.
    pub both: BothRegion,
}

/// Where one role is clear, in percent of the most points one role could have had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClearRegion {
    /// The larger need is at least this.
    pub high: u8,
    /// The smaller need is at most this.
    pub low: u8,
    /// And they are at least this far apart.
    pub gap: u8,
}

/// Where it is both, in percent of the most points one role could have had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BothRegion {
    /// The smaller need is at least this,
    pub low: u8,
    /// and at least this percentage of the larger need.
    pub ratio: u8,
    /// From this smaller need on it is certainly both, while less may lead to one role; equal to [`low`](Self::low) if
    /// it never does.
    pub clear: u8,
}
