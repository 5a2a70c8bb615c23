//! Figures and capital letters five rows high, from blocks.

/// How high a figure is.
pub(super) const ROWS: usize = 5;

/// `text` as five rows; what has no figure is left out.
pub(super) fn large(text: &str) -> [String; ROWS] {
    let mut rows: [String; ROWS] = Default::default();
    for figure in text.chars().filter_map(figure) {
        for (row, bits) in rows.iter_mut().zip(figure) {
            if !row.is_empty() {
                row.push(' ');
            }
            row.extend(bits.chars().map(|bit| if bit == '#' { '█' } else { ' ' }));
        }
    }
    rows
}

/// How wide `text` is as large figures.
pub(super) fn width(text: &str) -> usize {
    let figures = text.chars().filter_map(figure).map(|figure| figure[0].len() + 1);
    figures.sum::<usize>().saturating_sub(1)
}

fn figure(letter: char) -> Option<[&'static str; ROWS]> {
    Some(match letter {
        '0' => ["####", "#  #", "#  #", "#  #", "####"],
        '1' => [" ## ", "  # ", "  # ", "  # ", " ###"],
        '2' => ["####", "   #", "####", "#   ", "####"],
        '3' => ["####", "   #", " ###", "   #", "####"],
        '4' => ["#  #", "#  #", "####", "   #", "   #"],
        '5' => ["####", "#   ", "####", "   #", "####"],
        '6' => ["####", "#   ", "####", "#  #", "####"],
        '7' => ["####", "   #", "  # ", " #  ", " #  "],
        '8' => ["####", "#  #", "####", "#  #", "####"],
        '9' => ["####", "#  #", "####", "   #", "####"],
        '-' => ["   ", "   ", "###", "   ", "   "],
        '.' => [" ", " ", " ", " ", "#"],
        ':' => [" ", "#", " ", "#", " "],
        ';' => [" ", "#", " ", "#", "#"],
        'A' => [" ## ", "#  #", "####", "#  #", "#  #"],
        'B' => ["### ", "#  #", "### ", "#  #", "### "],
        'C' => [" ###", "#   ", "#   ", "#   ", " ###"],
        'D' => ["### ", "#  #", "#  #", "#  #", "### "],
        'E' => ["####", "#   ", "### ", "#   ", "####"],
        'F' => ["####", "#   ", "### ", "#   ", "#   "],
        'G' => [" ###", "#   ", "# ##", "#  #", " ###"],
        'H' => ["#  #", "#  #", "####", "#  #", "#  #"],
        'I' => ["###", " # ", " # ", " # ", "###"],
        'J' => ["  ##", "   #", "   #", "#  #", " ## "],
        'K' => ["#  #", "# # ", "##  ", "# # ", "#  #"],
        'L' => ["#   ", "#   ", "#   ", "#   ", "####"],
        'M' => ["#   #", "## ##", "# # #", "#   #", "#   #"],
        'N' => ["#  #", "## #", "# ##", "#  #", "#  #"],
        'O' => [" ## ", "#  #", "#  #", "#  #", " ## "],
        'P' => ["### ", "#  #", "### ", "#   ", "#   "],
        'Q' => [" ## ", "#  #", "#  #", "# # ", " # #"],
        'R' => ["### ", "#  #", "### ", "# # ", "#  #"],
        'S' => [" ###", "#   ", " ## ", "   #", "### "],
        'T' => ["#####", "  #  ", "  #  ", "  #  ", "  #  "],
        'U' => ["#  #", "#  #", "#  #", "#  #", " ## "],
        'V' => ["#   #", "#   #", "#   #", " # # ", "  #  "],
        'W' => ["#   #", "#   #", "# # #", "## ##", "#   #"],
        'X' => ["#  #", "#  #", " ## ", "#  #", "#  #"],
        'Y' => ["#   #", " # # ", "  #  ", "  #  ", "  #  "],
        'Z' => ["####", "  # ", " #  ", "#   ", "####"],
        ' ' => ["  ", "  ", "  ", "  ", "  "],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_five_rows_of_one_width() {
        for text in
            ["0123456789", "-12.5", "15:03:47;02", "ABCDEFGHIJKLM", "NOPQRSTUVWXYZ", "NO SIGNAL", "x", ""]
        {
            let rows = large(text);
            assert!(rows.iter().all(|row| row.chars().count() == width(text)), "{text}: {rows:?}");
        }
        assert_eq!(large("1")[0], " ██ ");
    }
}
