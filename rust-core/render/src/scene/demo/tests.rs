use std::collections::HashSet;

use super::*;

#[test]
fn names_are_unique_and_materials_exist() {
    let stage = demo_stage();
    let mut groups = HashSet::new();
    for group in &stage.groups {
        assert!(groups.insert(&group.name), "{} twice", group.name);
        let mut parts = HashSet::new();
        for part in &group.parts {
            assert!(parts.insert(&part.name), "{}/{} twice", group.name, part.name);
            assert!(part.material < stage.materials.len());
        }
    }
    assert!(stage.lights.len() >= 4);
}

#[test]
fn the_hero_moves_between_frames() {
    let stage = demo_stage();
    let hero = stage.groups.iter().find(|group| group.name == "astronaut").unwrap();
    assert_ne!(hero.motion.at(10.0), hero.motion.at(11.0));
    assert_eq!(hero.motion.at(5000.0), hero.motion.at(3000.0));
}

#[test]
fn it_is_the_same_stage_every_time() {
    assert_eq!(demo_stage(), demo_stage());
}
