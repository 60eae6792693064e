internal import OptimalTransport
internal import Torch

/// Exact and entropic plans between weighted points, and an assignment.
enum OptimalTransportCheck {
    static func run(_ file: VectorFile, _ vectors: VectorFolder, _ recorder: CaseRecorder) throws {
        let problem = try Problem(file)
        recorder.check("optimal_transport/costs") { comparisons in
            let ours = Sinkhorn.squaredCosts(problem.x, problem.y)
            try comparisons.compare("cost matrix", ours, problem.costs, .forward(1e-12))
        }
        for (index, epsilon) in try file["eps"].scalars(as: Double.self).enumerated() {
            recorder.check("optimal_transport/eps \(epsilon)") { try compare(problem, epsilon, index, file, $0) }
        }
        recorder.check("optimal_transport/exact") { comparisons in
            let exact = try ExactTransport(costs: problem.costs, from: problem.a, to: problem.b)
            try comparisons.compare("plan", exact.plan, file["exact_plan"], .forward(1e-10))
            try comparisons.compare("cost", exact.cost, file["exact_cost"].item(), .ofMaximum(1e-9))
        }
        guard file.tensors["assign_perm"] != nil else { return }
        recorder.check("optimal_transport/assignment") { try compareAssignment(file, $0) }
    }

    private static func compare(
        _ problem: Problem, _ epsilon: Double, _ index: Int, _ file: VectorFile, _ comparisons: CaseComparisons
    ) throws {
        let stop = EntropicTransport.Configuration(iterations: 100_000, tolerance: 3e-13)
        let solution = try Sinkhorn(
            costs: problem.costs, from: problem.a, to: problem.b, regularisation: epsilon, stop)
        try comparisons.compare("plan", solution.plan, file["plan"][index], .forward(1e-10))
        try comparisons.compare("f", solution.rowPotential, file["f"][index], .forward(1e-9))
        try comparisons.compare("g", solution.columnPotential, file["g"][index], .forward(1e-9))
        let linear = try file["linear_cost"][index].item() as Double
        try comparisons.compare("linear cost", solution.linearCost, linear, .ofMaximum(1e-9))
        let objective = try file["kl_objective"][index].item() as Double
        try comparisons.compare("objective", solution.objective, objective, .ofMaximum(1e-9))
        let map = solution.barycentricMap(onto: problem.y)
        try comparisons.compare("barycentric map", map, file["barycentric_map"][index], .forward(1e-9))
        let divergence = try Sinkhorn.divergence(
            problem.x, problem.y, from: problem.a, to: problem.b, regularisation: epsilon, stop)
        let expected = try file["sinkhorn_divergence"][index].item() as Double
        try comparisons.compare("Sinkhorn divergence", divergence, expected, .ofMaximum(1e-9))
    }

    private static func compareAssignment(_ file: VectorFile, _ comparisons: CaseComparisons) throws {
        var sizes = Sizes()
        let x = try file.tensor("assign_x", "N D", &sizes)
        let costs = Sinkhorn.squaredCosts(x, try file.tensor("assign_y", "N D", &sizes))
        let expected = try file.indices("assign_perm", "N", below: sizes["N"], &sizes)
        let assignment = try Assignment(costs: costs)
        try comparisons.compare("columns", Tensor(assignment.columns), expected, .exact)
        let mean = assignment.cost / Double(costs.shape[0])
        try comparisons.compare("mean cost", mean, file["assign_mean_cost"].item(), .ofMaximum(1e-9))
    }
}

/// Two weighted point sets and the costs between them.
private struct Problem {
    let x: Tensor
    let y: Tensor
    let a: Tensor
    let b: Tensor
    let costs: Tensor

    init(_ file: VectorFile) throws {
        var sizes = Sizes()
        x = try file.tensor("x", "N D", &sizes)
        y = try file.tensor("y", "M D", &sizes)
        a = try file.tensor("a", "N", &sizes)
        b = try file.tensor("b", "M", &sizes)
        costs = try file.tensor("cost_matrix", "N M", &sizes)
    }
}
