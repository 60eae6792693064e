internal import FileFormats
internal import Foundation

/// Decisions of the first call for a folder.
struct Plan: Codable, CustomStringConvertible {
    let budget: Reproduction.Budget
    let settings: String
    /// Steps of each run, by its name; under ``unchanged``, of all that have no entry.
    var steps: [String: Int]

    /// Stands for the run with the settings unchanged.
    static let unchanged = ""

    init(budget: Reproduction.Budget, settings: String) {
        self.budget = budget
        self.settings = settings
        switch budget {
        case .steps(let steps): self.steps = [Self.unchanged: steps]
        case .minutes: steps = [:]
        }
    }

    func steps(of run: String) -> Int { steps[run] ?? steps[Self.unchanged] ?? 1 }

    /// The plan that the folder holds, or this one, completed and written there.
    ///
    /// - Throws: ``ReproductionError`` if the folder was begun with another budget or other settings.
    func kept(in folder: URL, completing: (inout Plan) throws -> Void) throws -> Plan {
        let file = folder.appending(path: "plan.json")
        if let plan = try JSONFile.read(Plan.self, ifThereIs: file) {
            guard plan.budget == budget, plan.settings == settings else {
                throw ReproductionError(
                    """
                    \(folder.path) was begun with another budget or other settings. Give the same --minutes, --steps and \
                    --set, or another --out.
                    """)
            }
            return plan
        }
        var plan = self
        try completing(&plan)
        try JSONFile.write(plan, to: file)
        return plan
    }

    var description: String {
        let numbers = Set(steps.values).sorted().map(String.init).joined(separator: ", ")
        switch budget {
        case .minutes(let minutes):
            return "\(numbers) steps per run: as many as fit into \(minutes.formatted()) min when this began"
        case .steps: return "\(numbers) steps per run"
        }
    }
}
