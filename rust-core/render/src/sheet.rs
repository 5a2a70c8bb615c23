//! Contact sheets: a grid of small pictures, each with its label, under a title.
//!
//! Draws into an [`Image`]; writing it is [`frame::write_png`](crate::frame::write_png)'s part.

use std::convert::Infallible;

use embedded_graphics::{
    Drawable, Pixel,
    draw_target::DrawTarget,
    geometry::{Dimensions, OriginDimensions, Point, Size},
    mono_font::{MonoFont, MonoTextStyle, iso_8859_1},
    pixelcolor::BinaryColor,
    text::{Baseline, Text},
};

use crate::{frame::Image, scene::Colour};

/// Columns of the sheet's thumbnails, pixels.
pub const THUMBNAIL_WIDTH: u32 = 320;

/// No sheet shows more pictures; of more, an even choice is shown.
pub const MOST_PICTURES: usize = 48;

/// A sheet of `pictures`, each under its label (a frame number and timecode, say), below a title.
///
/// Pictures of different shapes are fitted into cells of the first one's. Empty pictures leave their cell dark. Of
/// more than [`MOST_PICTURES`], an even choice with the first and the last is shown. Latin letters only; others
/// become `?`.
pub fn contact_sheet(title: &str, pictures: &[(String, Image)]) -> Image {
    let shown = even_choice(pictures);
    let columns = columns_for(shown.len());
    let rows = shown.len().div_ceil(columns as usize) as u32;
    let cell = cell_height(shown.first().map(|(_, image)| image));
    let width = MARGIN + columns * (THUMBNAIL_WIDTH + MARGIN);
    let height = TITLE_HEIGHT + rows * (cell + LABEL_HEIGHT) + MARGIN / 2;
    let mut sheet = Image::filled(width, height, PAPER);
    write_text(&mut sheet, title, (MARGIN, (TITLE_HEIGHT - 20) / 2), &iso_8859_1::FONT_10X20, TITLE);
    for (index, (label, image)) in shown.into_iter().enumerate() {
        let (column, row) = (index as u32 % columns, index as u32 / columns);
        let x = MARGIN + column * (THUMBNAIL_WIDTH + MARGIN);
        let y = TITLE_HEIGHT + row * (cell + LABEL_HEIGHT);
        fill(&mut sheet, (x, y), (THUMBNAIL_WIDTH, cell), CELL);
        place(&mut sheet, image, (x, y), (THUMBNAIL_WIDTH, cell));
        write_text(&mut sheet, label, (x, y + cell + 5), &iso_8859_1::FONT_8X13, LABEL);
    }
    sheet
}

const MARGIN: u32 = 16;
const TITLE_HEIGHT: u32 = 52;
const LABEL_HEIGHT: u32 = 30;
const PAPER: Colour = [0.010, 0.010, 0.012];
const CELL: Colour = [0.003; 3];
const TITLE: Colour = [0.80, 0.80, 0.78];
const LABEL: Colour = [0.36, 0.36, 0.36];

/// What of a long list a sheet shows: all of a short one, else an even choice with the first and the last.
pub fn even_choice<T>(pictures: &[T]) -> Vec<&T> {
    if pictures.len() <= MOST_PICTURES {
        return pictures.iter().collect();
    }
    (0..MOST_PICTURES).map(|index| &pictures[index * (pictures.len() - 1) / (MOST_PICTURES - 1)]).collect()
}

/// The picture as small as a sheet shows it, for whoever cannot keep all of them large.
pub fn thumbnail(image: &Image) -> Image {
    if image.width <= THUMBNAIL_WIDTH || image.height == 0 {
        return image.clone();
    }
    let height = u64::from(image.height) * u64::from(THUMBNAIL_WIDTH) / u64::from(image.width);
    let mut small = Image::filled(THUMBNAIL_WIDTH, height.clamp(1, u64::from(image.height)) as u32, [0.0; 3]);
    let size = (small.width, small.height);
    place(&mut small, image, (0, 0), size);
    small
}

/// About as many columns as rows, thumbnails being wide.
fn columns_for(pictures: usize) -> u32 {
    (1..6).find(|columns| (columns * columns) as usize >= pictures).unwrap_or(6)
}

fn cell_height(first: Option<&Image>) -> u32 {
    let shape = first.filter(|image| image.width > 0 && image.height > 0);
    shape.map_or(180, |image| {
        let height = u64::from(THUMBNAIL_WIDTH) * u64::from(image.height) / u64::from(image.width);
        height.clamp(40, 640) as u32
    })
}

/// The picture, fitted into the cell and centred.
fn place(sheet: &mut Image, image: &Image, (x, y): (u32, u32), (width, height): (u32, u32)) {
    if image.width == 0
        || image.height == 0
        || image.pixels.len() != image.width as usize * image.height as usize
    {
        return;
    }
    let fit = (f64::from(width) / f64::from(image.width)).min(f64::from(height) / f64::from(image.height));
    let side = |length: u32, most: u32| ((f64::from(length) * fit).round() as u32).clamp(1, most);
    let (wide, high) = (side(image.width, width), side(image.height, height));
    let (left, top) = (x + (width - wide) / 2, y + (height - high) / 2);
    for row in 0..high {
        for column in 0..wide {
            let columns = span(column, wide, image.width);
            let rows = span(row, high, image.height);
            set(sheet, left + column, top + row, mean(image, columns, rows));
        }
    }
}

/// The pixels of the picture that fall on a pixel of the thumbnail; at least one.
fn span(index: u32, of: u32, length: u32) -> std::ops::Range<u32> {
    let at = |index: u32| (u64::from(index) * u64::from(length) / u64::from(of)) as u32;
    let start = at(index).min(length - 1);
    start..at(index + 1).clamp(start + 1, length)
}

/// The mean light, each channel clipped first: one bright dot must not light its whole neighbourhood.
fn mean(image: &Image, columns: std::ops::Range<u32>, rows: std::ops::Range<u32>) -> Colour {
    let count = (columns.len() * rows.len()) as f32;
    let mut sum = [0.0; 3];
    for row in rows {
        for column in columns.clone() {
            let pixel = image.at(column, row).unwrap_or_default();
            for (sum, channel) in sum.iter_mut().zip(pixel) {
                *sum += channel.clamp(0.0, 1.0);
            }
        }
    }
    sum.map(|sum| sum / count)
}

fn fill(sheet: &mut Image, (x, y): (u32, u32), (width, height): (u32, u32), colour: Colour) {
    for row in y..y + height {
        for column in x..x + width {
            set(sheet, column, row, colour);
        }
    }
}

fn set(sheet: &mut Image, x: u32, y: u32, colour: Colour) {
    if x < sheet.width && y < sheet.height {
        sheet.pixels[y as usize * sheet.width as usize + x as usize] = colour;
    }
}

fn write_text(sheet: &mut Image, text: &str, (x, y): (u32, u32), font: &MonoFont<'_>, colour: Colour) {
    let style = MonoTextStyle::new(font, BinaryColor::On);
    let at = Point::new(x as i32, y as i32);
    let Ok(_) = Text::with_baseline(text, at, style, Baseline::Top).draw(&mut Ink { sheet, colour });
}

/// Where text is drawn: lit dots take the colour, the rest stays.
struct Ink<'a> {
    sheet: &'a mut Image,
    colour: Colour,
}

impl OriginDimensions for Ink<'_> {
    fn size(&self) -> Size {
        Size::new(self.sheet.width, self.sheet.height)
    }
}

impl DrawTarget for Ink<'_> {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, dots: I) -> Result<(), Infallible> {
        let area = self.bounding_box();
        for Pixel(at, dot) in dots {
            if dot.is_on() && area.contains(at) {
                set(self.sheet, at.x as u32, at.y as u32, self.colour);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(value: f32) -> Image {
        Image::filled(64, 36, [value; 3])
    }

    #[test]
    fn every_picture_has_its_cell_and_its_label() {
        let pictures: Vec<_> =
            (0..5).map(|i| (format!("frame {i}  15:03:47:{i:02}"), picture(0.5))).collect();
        let sheet = contact_sheet("Take 7", &pictures);
        assert_eq!(sheet.width, MARGIN + 3 * (THUMBNAIL_WIDTH + MARGIN));
        let cell = 180;
        assert_eq!(sheet.height, TITLE_HEIGHT + 2 * (cell + LABEL_HEIGHT) + MARGIN / 2);
        let second_row = TITLE_HEIGHT + cell + LABEL_HEIGHT + 10;
        assert_eq!(sheet.at(MARGIN + 10, second_row), Some([0.5; 3]));
        let inked = |rows: std::ops::Range<u32>, colour: Colour| {
            rows.flat_map(|y| (0..sheet.width).map(move |x| (x, y)))
                .any(|(x, y)| sheet.at(x, y) == Some(colour))
        };
        assert!(inked(0..TITLE_HEIGHT, TITLE));
        assert!(inked(TITLE_HEIGHT + cell..TITLE_HEIGHT + cell + LABEL_HEIGHT, LABEL));
    }

    #[test]
    fn odd_pictures_do_not_break_a_sheet() {
        let empty = Image { width: 0, height: 0, pixels: Vec::new() };
        let tall = Image::filled(3, 400, [9.0; 3]);
        let torn = Image { width: 10, height: 10, pixels: vec![[1.0; 3]; 7] };
        for pictures in [vec![], vec![empty.clone()], vec![picture(0.1), tall, torn, empty]] {
            let labelled: Vec<_> =
                pictures.into_iter().map(|image| ("größer 日本".to_owned(), image)).collect();
            let sheet = contact_sheet("", &labelled);
            assert_eq!(sheet.pixels.len(), sheet.width as usize * sheet.height as usize);
        }
    }

    #[test]
    fn a_thumbnail_is_as_wide_as_a_cell_and_keeps_what_is_seen() {
        let mut large = Image::filled(1280, 720, [0.2; 3]);
        large.pixels[..1280 * 360].fill([0.8; 3]);
        let small = thumbnail(&large);
        assert_eq!((small.width, small.height), (320, 180));
        let near = |at: Option<Colour>, value: f32| at.is_some_and(|seen| (seen[0] - value).abs() < 1e-5);
        assert!(near(small.at(160, 45), 0.8) && near(small.at(160, 135), 0.2));
        assert_eq!(thumbnail(&picture(0.5)), picture(0.5), "nothing is made larger");
    }

    #[test]
    fn of_too_many_pictures_the_first_and_the_last_are_kept() {
        let pictures: Vec<_> = (0..500).map(|i| (i.to_string(), picture(0.0))).collect();
        let shown = even_choice(&pictures);
        assert_eq!(shown.len(), MOST_PICTURES);
        assert_eq!((shown[0].0.as_str(), shown[MOST_PICTURES - 1].0.as_str()), ("0", "499"));
    }
}
