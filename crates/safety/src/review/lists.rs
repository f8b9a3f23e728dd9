//! Lists in an answer. An item says little by itself: "an ovarian cyst" is a diagnosis or one of several possibilities, as the
//! line says that leads into its list.

/// Goes through the lines of an answer and knows what leads into the list that it is in.
#[derive(Debug, Default)]
pub struct Lists {
    lead_in: String,
    /// Whether the line that was passed last is an item.
    in_item: bool,
    /// Whether that line has not ended yet.
    is_open: bool,
}

impl Lists {
    /// Whether what comes next goes on in the line that was passed last.
    pub fn is_in_line(&self) -> bool {
        self.is_open
    }

    /// Passes a line, or a part of one where the answer comes in parts, and gives what leads into it where it is an item.
    pub fn pass(&mut self, line: &str) -> Option<&str> {
        let goes_on = self.is_open;
        self.is_open = !line.ends_with('\n') && (goes_on || !line.trim().is_empty());
        let line = line.trim();
        if !line.is_empty() {
            self.in_item = if goes_on { self.in_item } else { is_item(line) };
            if !self.in_item {
                self.lead_in = lead_in(line).unwrap_or_default().to_owned();
            }
        }
        (self.in_item && !self.lead_in.is_empty()).then_some(self.lead_in.as_str())
    }
}

/// The sentence at the end of a line with which it leads into a list, or the end of a long one: every item is read with it.
fn lead_in(line: &str) -> Option<&str> {
    const LONGEST: usize = 200;
    const EMPHASIS: [char; 4] = ['*', '_', '#', ' '];
    let line = line.trim_end_matches(EMPHASIS).strip_suffix(':')?;
    let line = &line[line.ceil_char_boundary(line.len().saturating_sub(LONGEST))..];
    let mut spaces = line.rmatch_indices(' ');
    let before = spaces.find(|(at, _)| line[..*at].ends_with(['.', '!', '?', ';']));
    let sentence = before.map_or(line, |(at, _)| &line[at..]);
    Some(sentence.trim_matches(EMPHASIS)).filter(|sentence| !sentence.is_empty())
}

/// Whether a line begins with a bullet, or with a number and a full stop or bracket.
fn is_item(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = number.len() < line.len() && number.starts_with(['.', ')']);
    let marks = if is_numbered { number } else { line };
    let behind = marks.trim_start_matches(['.', ')', '-', '*', '\u{2022}', '\u{2013}']);
    behind.len() < marks.len() && behind.starts_with(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead_ins(answer: &str) -> Vec<Option<String>> {
        let mut lists = Lists::default();
        let lines = answer.split_inclusive('\n');
        lines.map(|line| lists.pass(line).map(str::to_owned)).collect()
    }

    #[test]
    fn an_item_is_led_into_by_the_last_sentence_before_its_list() {
        for bullet in ["- ", "* ", "1. ", "12) ", "\u{2022} "] {
            let answer = format!("That hurts. **Possible causes:**\n\n{bullet}a cyst\n{bullet}a bug\n");
            let found = lead_ins(&answer);
            assert_eq!(found[0], None);
            assert_eq!(found[2..], vec![Some("Possible causes".to_owned()); 2], "{bullet}");
        }
    }

    #[test]
    fn a_decimal_does_not_end_the_sentence_that_leads_in() {
        assert_eq!(
            lead_ins("Hot. 38.5 may mean:\n- flu\n")[1],
            Some("38.5 may mean".into())
        );
    }

    #[test]
    fn of_a_long_line_the_end_leads_in() {
        let long = lead_ins(&format!("{}é means:\n- flu\n", "pain".repeat(60)));
        assert!(
            long[1]
                .as_ref()
                .is_some_and(|lead_in| lead_in.len() <= 200 && lead_in.ends_with("é means"))
        );
    }

    #[test]
    fn behind_a_list_nothing_is_led_into() {
        let found = lead_ins("Causes:\n- a cyst\nSee a doctor.\n- a bug\n");
        assert_eq!(found[2..], [None, None]);
    }

    #[test]
    fn emphasis_a_negative_number_and_a_decimal_are_no_items() {
        for line in ["*Rest*", "**Rest**", "-3 is low", "3.5 is high", "2024 was wet"] {
            assert_eq!(lead_ins(&format!("Causes:\n{line}\n"))[1], None, "{line}");
        }
    }

    #[test]
    fn an_item_that_comes_in_parts_stays_an_item() {
        let mut lists = Lists::default();
        lists.pass("Causes:\n");
        assert_eq!(lists.pass("- A cyst. "), Some("Causes"));
        assert_eq!(lists.pass("It may hurt.\n"), Some("Causes"));
        assert_eq!(lists.pass("See a doctor.\n"), None);
        assert_eq!(lists.pass("  "), None);
        assert_eq!(lists.pass("- a bug\n"), None);
    }
}
