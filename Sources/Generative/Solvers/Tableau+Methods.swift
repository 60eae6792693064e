extension Tableau {
    /// Euler's method: order 1, one stage.
    public static let euler = Tableau(name: "Euler", order: 1, couplings: [[]], weights: [1])

    /// The explicit midpoint method (Runge): order 2, two stages.
    public static let midpoint = Tableau(name: "midpoint", order: 2, couplings: [[], [1.0 / 2]], weights: [0, 1])

    /// Heun's method, the trapezoidal rule with a predicted end: order 2, two stages.
    ///
    /// EDM's sampler without noise is this method (Karras et al., arXiv 2206.00364, algorithm 1).
    public static let heun = Tableau(name: "Heun", order: 2, couplings: [[], [1]], weights: [1.0 / 2, 1.0 / 2])

    /// The classical method of Runge and Kutta: order 4, four stages (Hairer, Nørsett and Wanner, table II.1.2).
    public static let rk4 = Tableau(
        name: "RK4", order: 4, couplings: [[], [1.0 / 2], [0, 1.0 / 2], [0, 0, 1]],
        weights: [1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6])

    /// The pair of Bogacki and Shampine: order 3 with an error estimate of order 2, three evaluations per step.
    ///
    /// "A 3(2) pair of Runge-Kutta formulas", Applied Mathematics Letters 2 (1989). Good for coarse tolerances.
    public static let bogackiShampine32 = Tableau(
        name: "Bogacki-Shampine 3(2)", order: 3,
        couplings: [[], [1.0 / 2], [0, 3.0 / 4], [2.0 / 9, 1.0 / 3, 4.0 / 9]],
        weights: [2.0 / 9, 1.0 / 3, 4.0 / 9, 0],
        embedded: Embedded(order: 2, weights: [7.0 / 24, 1.0 / 4, 1.0 / 3, 1.0 / 8]))

    /// The pair of Dormand and Prince: order 5 with an error estimate of order 4, six evaluations per step.
    ///
    /// Dormand and Prince, "A family of embedded Runge-Kutta formulae", Journal of Computational and Applied
    /// Mathematics 6 (1980); Hairer, Nørsett and Wanner, table II.5.2. The last stage is the first of the next step.
    public static let dormandPrince54 = Tableau(
        name: "Dormand-Prince 5(4)", order: 5,
        couplings: [
            [],
            [1.0 / 5],
            [3.0 / 40, 9.0 / 40],
            [44.0 / 45, -56.0 / 15, 32.0 / 9],
            [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
            [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
            [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
        ],
        weights: [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0],
        embedded: Embedded(
            order: 4,
            weights: [
                5179.0 / 57600, 0, 7571.0 / 16695, 393.0 / 640, -92097.0 / 339200, 187.0 / 2100, 1.0 / 40,
            ]))
}
