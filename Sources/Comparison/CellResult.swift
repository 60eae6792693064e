/// Measurements of one method, one sampler and one seed.
public struct CellResult: Sendable, Codable, Hashable {
    /// One point of the curve of quality against evaluations.
    public struct Budget: Sendable, Codable, Hashable {
        /// Network evaluations per sample.
        public var evaluations: Double
        /// Seconds of sampling per sample.
        public var seconds: Double
        /// The leading metric.
        public var quality: Double
    }

    /// One examination while the method was trained.
    public struct Examination: Sendable, Codable, Hashable {
        /// Minutes of training.
        public var minutes: Double
        /// Fréchet distance in the features of the run's judge.
        public var frechet: Double
    }

    /// Seed of training, or of samples of a run that was trained before.
    public var seed: Int
    /// Marks of everything that the numbers depend on.
    public var identity: String
    /// Steps of the last stage.
    public var steps: Int
    /// Seconds of training, all stages.
    public var trainingSeconds: Double
    /// Numbers that are trained in the networks that draw samples.
    public var parameters: Int
    /// Words about the sampler.
    public var sampler: String
    /// Path from noise to data, if the method has one.
    public var path: String?
    /// Evaluations per sample.
    public var evaluations: Double
    /// Passes through the network per sample.
    public var passes: Double
    /// Seconds of sampling by the number of samples.
    public var secondsPerSample: Double
    /// Samples whose sampler did not come to its end.
    public var incomplete: Int
    /// Values by ``Column/name``.
    public var values: [String: Double]
    /// Reasons for which metrics are missing, by ``Column/name``.
    public var unavailable: [String: String]
    /// Quality at growing budgets.
    public var curve: [Budget]
    /// Quality while it was trained.
    public var examinations: [Examination]

    package init(
        seed: Int, identity: String = "", steps: Int, trainingSeconds: Double, parameters: Int, sampler: String,
        path: String? = nil, evaluations: Double, passes: Double, secondsPerSample: Double, incomplete: Int = 0,
        values: [String: Double], unavailable: [String: String] = [:], curve: [Budget] = [],
        examinations: [Examination] = []
    ) {
        self.seed = seed
        self.identity = identity
        self.steps = steps
        self.trainingSeconds = trainingSeconds
        self.parameters = parameters
        self.sampler = sampler
        self.path = path
        self.evaluations = evaluations
        self.passes = passes
        self.secondsPerSample = secondsPerSample
        self.incomplete = incomplete
        self.values = values
        self.unavailable = unavailable
        self.curve = curve
        self.examinations = examinations
    }
}

/// A column of measurements: a metric in the features of an extractor.
public struct Column: Sendable, Codable, Hashable {
    /// Name in results: `frechet@classifier`.
    public var name: String
    /// Name in tables.
    public var title: String
    /// True if less is better.
    public var isDistance: Bool

    package init(name: String, title: String, isDistance: Bool) {
        self.name = name
        self.title = title
        self.isDistance = isDistance
    }
}
