//! Prints `openapi.json`.

fn main() -> anyhow::Result<()> {
    print!("{}", local::openapi::json()?);
    Ok(())
}
