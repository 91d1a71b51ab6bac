using CubeActors.Actors;
using CubeActors.Raft;

namespace CubeActors.Simulation;

/// <summary>Deliberate faults of the simulation's shell, which the checks must find.</summary>
internal enum Mutation
{
    None,
    /// <summary>Votes and acknowledgements do not wait for what they promise.</summary>
    AnswersBeforeSaving,
    /// <summary>The vote is not written.</summary>
    VoteForgotten,
    /// <summary>A lease ends by the ticks that a leader has counted, and not by the clock.</summary>
    LeaseByTicks,
    /// <summary>After a power cut the log is taken for complete.</summary>
    TailTrusted,
    /// <summary>A loss counts for the start that finds it, and not for the one after.</summary>
    LossForgotten,
    /// <summary>The log is cut without asking the others.</summary>
    CutsAlone,
    /// <summary>A command is answered when it is in the leader's log.</summary>
    AnswersBeforeCommit,
    /// <summary>A new replica does not know up to where its extents were copied.</summary>
    CopyForgotten,
}

/// <summary>What may go wrong in one run, drawn from its seed. The odds of each fault, in a moment, are one to the number; 0 is never.</summary>
internal sealed record Plan
{
    public required int Seed { get; init; }
    public Mutation Mutation { get; init; }
    public int Members { get; init; } = 3;
    public RaftDurability Durability { get; init; }
    public int Moments { get; init; } = 500;
    public int LosesIn { get; init; }
    public int DoublesIn { get; init; }
    public int DelaysIn { get; init; }
    public int CutsNetworkIn { get; init; }
    public int KillsIn { get; init; }
    public int CutsPowerIn { get; init; }
    public int BlackoutIn { get; init; }
    public int SlowsDiskIn { get; init; }
    public int PausesIn { get; init; }
    public int PauseMomentsMax { get; init; } = 60;
    public int UsurpsIn { get; init; }
    public int ForcesElectionIn { get; init; }
    public int StepsDownIn { get; init; }
    public int ChangesMembersIn { get; init; }
    public int ReplicateLateIn { get; init; } = 6;
    public int ReplicateFailsIn { get; init; } = 40;
    public int EntriesAnAppendMax { get; init; } = 4;
    public int TruncatesIn { get; init; } = 60;
    public long LogFileBytesMax { get; init; } = 2048;
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(1);
    public RaftSettings Raft { get; init; } = new();

    public static Plan FromSeed(int seed)
    {
        var random = new Random(seed);
        var strict = random.Next(2) == 0;
        int Sometimes(int inSo) => random.Next(3) == 0 ? 0 : random.Next(inSo / 2, inSo * 2);
        return new Plan
        {
            Seed = seed,
            Members = random.Next(3) == 0 ? 5 : 3,
            Durability = strict ? RaftDurability.Strict : RaftDurability.Replicated,
            LosesIn = Sometimes(15),
            DoublesIn = Sometimes(20),
            DelaysIn = Sometimes(10),
            CutsNetworkIn = Sometimes(80),
            KillsIn = Sometimes(100),
            CutsPowerIn = Sometimes(120),
            BlackoutIn = strict ? Sometimes(300) : 0,
            SlowsDiskIn = Sometimes(100),
            PausesIn = Sometimes(150),
            PauseMomentsMax = random.Next(2) == 0 ? 60 : 200,
            UsurpsIn = Sometimes(200),
            ForcesElectionIn = Sometimes(150),
            StepsDownIn = Sometimes(300),
            ChangesMembersIn = random.Next(3) == 0 ? random.Next(30, 120) : 0,
            TruncatesIn = random.Next(20, 120),
            LogFileBytesMax = random.Next(2) == 0 ? 1024 : 64 * 1024,
            SyncInterval = TimeSpan.FromMilliseconds(random.Next(100, 2000)),
            Raft = new RaftSettings
            {
                EntriesRetained = random.Next(0, 4),
                InFlightMax = 8,
                BacklogInFlightMax = 4,
                LeaseTicks = random.Next(6) == 0 ? 0 : 2,
                StrangersObeyedAfterTicks = 12,
                // With `replicated` at most a minority loses its tail, so nobody ever needs the bound; with `strict` nothing is lost that was promised.
                RejoinTicksMax = strict ? 15 : 1_000_000,
            },
        };
    }
}
