internal import Settings

extension RunSettings {
    /// These settings with changes of section `sampling`, in whatever order they are given.
    ///
    /// A kind of sampling other than the present one takes over what both know, such as guidance.
    ///
    /// - Parameter assignments: Such as `sampling.steps=8`, `sampling.name=adaptive` or `sampling={name: ode, steps: 8}`.
    /// - Throws: An error about each mistake, whose hints only name keys of `sampling`.
    public func changingSampling(_ assignments: [String]) throws -> RunSettings {
        var section = SamplingSection(sampling: sampling, kinds: type(of: method).samplings)
        let name = Assignments.text(at: "sampling.name", in: assignments)
        if let chosen = section.kinds.first(where: { $0.name == name })?.initial,
            type(of: chosen) != type(of: sampling)
        {
            section.sampling = chosen.adopting(sampling)
        }
        var changed = self
        changed.sampling = try section.reading(file: nil, setting: assignments).sampling
        // Again, for what method and data say about it.
        return try changed.reading(file: nil, setting: assignments)
    }
}

/// The section `sampling` alone.
private struct SamplingSection: SettingsSection {
    var sampling: any SamplingSettings
    let kinds: [SettingsKind<any SamplingSettings>]

    mutating func bind(_ key: SettingsKeys) { key.section("sampling", &sampling, by: "name", kinds) }
}
