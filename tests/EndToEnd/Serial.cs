// One cluster at a time: its processes share two cores with the tests, and time limits should judge the program, not its neighbours.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
