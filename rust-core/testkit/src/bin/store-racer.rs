//! One process of a store race: `store-racer FOLDER NAME KEYS COUNTS` tries to create KEYS objects that others
//! want too, then adds COUNTS to a shared number by compare-and-swap. Prints how many creations it won.

use bytes::Bytes;
use cyclorama_assets::{Condition, FolderStore, Key, Store, StoreError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, name, keys, counts] = arguments.as_slice() else {
        return Err("usage: store-racer FOLDER NAME KEYS COUNTS".into());
    };
    let store = FolderStore::new(folder);
    let mut won = 0;
    for index in 0..keys.parse::<u32>()? {
        let key = Key::new(format!("race/{index}"))?;
        match store.put(&key, Bytes::from(name.clone()), Condition::Absent).await {
            Ok(_) => won += 1,
            Err(StoreError::Precondition { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let key = Key::new("count")?;
    let mut left = counts.parse::<u32>()?;
    while left > 0 {
        let read = store.get(&key).await?;
        let count: u32 = std::str::from_utf8(&read.bytes)?.parse()?;
        let next = Bytes::from((count + 1).to_string());
        match store.put(&key, next, Condition::Matches(read.etag)).await {
            Ok(_) => left -= 1,
            Err(StoreError::Precondition { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    write_line(&won.to_string())?;
    Ok(())
}

fn write_line(text: &str) -> std::io::Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{text}")
}
