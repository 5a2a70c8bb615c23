//! Headers made for tests, for any object version, written from the format's description and not from the reader.

use super::version::since;

/// A package to be written.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) legacy: i32,
    pub(crate) ue4: i32,
    pub(crate) ue5: i32,
    pub(crate) name: String,
    pub(crate) flags: u32,
    pub(crate) hard: Vec<String>,
    pub(crate) soft: Vec<String>,
    /// Class and tags of its one asset.
    pub(crate) class: String,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) saved: u8,
    pub(crate) engine: (u16, u16),
    pub(crate) body: usize,
}

impl Sample {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            legacy: -8,
            ue4: 522,
            ue5: 1012,
            name: name.to_owned(),
            flags: 0,
            hard: Vec::new(),
            soft: Vec::new(),
            class: "Material".to_owned(),
            tags: Vec::new(),
            saved: 1,
            engine: (5, 4),
            body: 300,
        }
    }

    pub(crate) fn version(mut self, legacy: i32, ue4: i32, ue5: i32) -> Self {
        (self.legacy, self.ue4, self.ue5) = (legacy, ue4, ue5);
        self.engine = if ue5 > 0 { (5, 4) } else { (4, 20) };
        self
    }

    pub(crate) fn needs(mut self, hard: &[&str]) -> Self {
        self.hard = hard.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    pub(crate) fn mentions(mut self, soft: &[&str]) -> Self {
        self.soft = soft.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    pub(crate) fn class(mut self, class: &str) -> Self {
        self.class = class.to_owned();
        self
    }

    pub(crate) fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.push((key.to_owned(), value.to_owned()));
        self
    }

    /// The package, with a body of noise behind its header.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut names = Table::default();
        for name in ["/Script/CoreUObject", "Package", "Class", "/Script/Engine", "None"] {
            names.place(name);
        }
        let imports = self.imports(&mut names);
        let exports = self.exports(&mut names);
        let soft = self.soft_references(&mut names);
        let name_table = names.write(self.ue4 >= since::NAME_HASHES);
        let registry = self.registry();
        let mut offsets = Offsets::default();
        let summary = self.summary(&offsets, names.0.len()).len();
        offsets.names = summary;
        offsets.imports = offsets.names + name_table.len();
        offsets.exports = offsets.imports + imports.len();
        offsets.soft = offsets.exports + exports.len();
        offsets.registry = offsets.soft + soft.len();
        offsets.end = offsets.registry + registry.len();
        let mut bytes = self.summary(&offsets, names.0.len());
        for part in [name_table, imports, exports, soft, registry] {
            bytes.extend(part);
        }
        bytes.extend((0..self.body).map(|at| (at * 31 % 251) as u8));
        bytes
    }

    fn is_editor(&self) -> bool {
        self.flags & 0x8000_0000 == 0
    }

    fn summary(&self, at: &Offsets, names: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let number = |out: &mut Vec<u8>, value: i64| out.extend((value as i32).to_le_bytes());
        out.extend(0x9e2a_83c1_u32.to_le_bytes());
        number(&mut out, self.legacy.into());
        if self.legacy != -4 {
            number(&mut out, 864);
        }
        number(&mut out, self.ue4.into());
        if self.legacy <= -8 {
            number(&mut out, self.ue5.into());
        }
        number(&mut out, 0);
        if self.ue5 >= since::SAVED_HASH {
            out.extend([self.saved; 20]);
            number(&mut out, at.end as i64);
        }
        number(&mut out, 2);
        for version in 0..2u8 {
            out.extend([version; 20]);
            if self.legacy > -6 {
                text(&mut out, "friendly");
            }
        }
        if self.ue5 < since::SAVED_HASH {
            number(&mut out, at.end as i64);
        }
        text(&mut out, &self.name);
        out.extend(self.flags.to_le_bytes());
        let pair = |out: &mut Vec<u8>, count: usize, offset: usize| {
            number(out, count as i64);
            number(out, offset as i64);
        };
        pair(&mut out, names, at.names);
        if self.ue5 >= since::SOFT_PATHS {
            pair(&mut out, 0, 0);
        }
        if self.is_editor() && self.ue4 >= since::LOCALIZATION_ID {
            text(&mut out, "0123456789ABCDEF");
        }
        if self.ue4 >= since::GATHERABLE_TEXT {
            pair(&mut out, 0, 0);
        }
        pair(&mut out, 1, at.exports);
        pair(&mut out, self.hard.len() * 2 + 1, at.imports);
        if self.ue5 >= since::VERSE_CELLS {
            out.extend([0; 16]);
        }
        if self.ue5 >= since::METADATA {
            number(&mut out, 0);
        }
        number(&mut out, 0);
        if self.ue4 >= since::SOFT_REFERENCES {
            number(&mut out, self.soft.len() as i64);
            number(&mut out, at.soft as i64);
        }
        if self.ue4 >= since::SEARCHABLE_NAMES {
            number(&mut out, 0);
        }
        number(&mut out, 0);
        if self.ue5 >= since::IMPORT_HIERARCHIES {
            out.extend([0; 8]);
        }
        if self.ue5 < since::SAVED_HASH {
            out.extend([self.saved; 16]);
        }
        if self.is_editor() && self.ue4 >= since::PACKAGE_OWNER {
            out.extend([7; 16]);
            if self.ue4 < since::IMPORT_PACKAGE {
                out.extend([8; 16]);
            }
        }
        self.summary_end(&mut out, at);
        out
    }

    fn summary_end(&self, out: &mut Vec<u8>, at: &Offsets) {
        out.extend([1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0]);
        for _ in 0..if self.ue4 >= since::COMPATIBLE_ENGINE { 2 } else { 1 } {
            for part in [self.engine.0, self.engine.1, 2] {
                out.extend(part.to_le_bytes());
            }
            out.extend(40_574_608_u32.to_le_bytes());
            text(out, "++UE+Release");
        }
        out.extend([0; 8]);
        out.extend([5, 0, 0, 0]);
        out.extend([1, 0, 0, 0]);
        text(out, "/Game/Cook");
        if self.legacy > -7 {
            out.extend([0; 4]);
        }
        out.extend((at.registry as i32).to_le_bytes());
        out.extend([0; 60]);
    }

    fn imports(&self, names: &mut Table) -> Vec<u8> {
        let mut out = Vec::new();
        let mut one = |package: &str, class: &str, outer: i32, name: &str| {
            names.put(&mut out, package);
            names.put(&mut out, class);
            out.extend(outer.to_le_bytes());
            names.put(&mut out, name);
            if self.ue4 >= since::IMPORT_PACKAGE && self.is_editor() {
                names.put(&mut out, "None");
            }
            if self.ue5 >= since::OPTIONAL_IMPORTS {
                out.extend([0; 4]);
            }
        };
        one("/Script/CoreUObject", "Class", 0, &self.class);
        for (at, package) in self.hard.iter().enumerate() {
            one("/Script/CoreUObject", "Package", 0, package);
            one(
                "/Script/Engine",
                "Object",
                -(2 * at as i32 + 2),
                package.rsplit('/').next().unwrap_or_default(),
            );
        }
        out
    }

    fn exports(&self, names: &mut Table) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend((-1i32).to_le_bytes());
        out.extend(vec![0; if self.ue4 >= since::EXPORT_TEMPLATE { 12 } else { 8 }]);
        names.put(&mut out, self.name.rsplit('/').next().unwrap_or_default());
        out.extend([0; 4]);
        if self.ue4 >= since::LONG_EXPORTS {
            out.extend((self.body as i64).to_le_bytes());
            out.extend([0; 8]);
        } else {
            out.extend((self.body as i32).to_le_bytes());
            out.extend([0; 4]);
        }
        out.extend([0; 12]);
        if self.ue5 < since::NO_EXPORT_GUID {
            out.extend([0; 16]);
        }
        if self.ue5 >= since::EXPORT_IS_INHERITED {
            out.extend([0; 4]);
        }
        out.extend([0; 4]);
        if self.ue4 >= since::LOAD_FOR_EDITOR_GAME {
            out.extend([0; 4]);
        }
        if self.ue4 >= since::EXPORT_IS_ASSET {
            out.extend([1, 0, 0, 0]);
        }
        if self.ue5 >= since::OPTIONAL_IMPORTS {
            out.extend([0; 4]);
        }
        if self.ue4 >= since::PRELOAD_DEPENDENCIES {
            out.extend([255; 20]);
        }
        if self.ue5 >= since::SCRIPT_OFFSETS {
            out.extend([0; 16]);
        }
        out
    }

    fn soft_references(&self, names: &mut Table) -> Vec<u8> {
        let mut out = Vec::new();
        for package in &self.soft {
            if self.ue4 >= since::SOFT_NAMES {
                names.put(&mut out, package);
            } else {
                let object = package.rsplit('/').next().unwrap_or_default();
                text(&mut out, &format!("{package}.{object}"));
            }
        }
        out
    }

    fn registry(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.ue4 >= since::DEPENDENCY_FLAGS && self.is_editor() {
            out.extend([0; 8]);
        }
        out.extend(1i32.to_le_bytes());
        text(&mut out, self.name.rsplit('/').next().unwrap_or_default());
        text(&mut out, &self.class);
        out.extend((self.tags.len() as i32 + 1).to_le_bytes());
        text(&mut out, "Unimportant");
        text(&mut out, "x");
        for (key, value) in &self.tags {
            text(&mut out, key);
            text(&mut out, value);
        }
        out
    }
}

#[derive(Clone, Debug, Default)]
struct Offsets {
    names: usize,
    imports: usize,
    exports: usize,
    soft: usize,
    registry: usize,
    end: usize,
}

#[derive(Default)]
struct Table(Vec<String>);

impl Table {
    fn place(&mut self, name: &str) -> i32 {
        match self.0.iter().position(|known| known == name) {
            Some(at) => at as i32,
            None => {
                self.0.push(name.to_owned());
                self.0.len() as i32 - 1
            }
        }
    }

    /// Puts a name; one that ends in `_7` as its stem with the number 8, as the engine does.
    fn put(&mut self, out: &mut Vec<u8>, name: &str) {
        let numbered = name.rsplit_once('_').and_then(|(stem, digits)| {
            let number: i32 = digits.parse().ok().filter(|_| digits == "0" || !digits.starts_with('0'))?;
            Some((stem, number.checked_add(1)?))
        });
        let (stem, number) = numbered.unwrap_or((name, 0));
        out.extend(self.place(stem).to_le_bytes());
        out.extend(number.to_le_bytes());
    }

    fn write(&self, hashes: bool) -> Vec<u8> {
        let mut out = Vec::new();
        for name in &self.0 {
            text(&mut out, name);
            if hashes {
                out.extend([1, 2, 3, 4]);
            }
        }
        out
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    if text.is_ascii() {
        out.extend((text.len() as i32 + 1).to_le_bytes());
        out.extend(text.bytes().chain([0]));
    } else {
        let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
        out.extend((-(units.len() as i32)).to_le_bytes());
        out.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    }
}
