//! A range of seeds on the command line.

use core::ops::RangeInclusive;
use core::str::FromStr;

/// Most seeds of one command; their summaries are kept until the end.
const COUNT_MAX: u64 = 100_000;

/// Seeds `A..B`, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seeds(RangeInclusive<u64>);

impl Seeds {
    pub(crate) fn iter(&self) -> RangeInclusive<u64> {
        self.0.clone()
    }
}

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("`{text}`: expected two seeds such as 0..31, both ends included");
        let (first, last) = text.split_once("..").ok_or_else(expected)?;
        let seed = |text: &str| text.trim().parse::<u64>().ok();
        let (first, last) = seed(first).zip(seed(last)).ok_or_else(expected)?;
        if first > last {
            return Err(format!("`{text}`: the first seed is above the last"));
        }
        if last - first >= COUNT_MAX {
            return Err(format!("`{text}`: at most {COUNT_MAX} seeds at a time"));
        }
        Ok(Self(first..=last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_included() {
        let seeds: Seeds = "0..31".parse().unwrap();
        assert_eq!(seeds.iter().count(), 32);
        assert_eq!("7..7".parse::<Seeds>().unwrap().iter().count(), 1);
    }

    #[test]
    fn what_is_not_a_range_is_refused() {
        for text in ["", "3", "3..", "9..3", "a..b", "-1..2", "0..18446744073709551615"] {
            assert!(text.parse::<Seeds>().is_err(), "{text}");
        }
    }
}
