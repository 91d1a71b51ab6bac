using CubeActors.Actors;
using CubeActors.Runtime;

namespace CubeActors.Node;

// Records that come from the HOCON tunables, with the keys of datanode.json that lie over them.
internal sealed partial class NodeSettingsReader
{
    private StorageSettings ReadStorage()
    {
        var storage = TunableReader.Storage(Tunables);
        return storage with
        {
            LoadsPerDisk = (int)OptionalInteger("diskCurrentLoadDpLimit", storage.LoadsPerDisk, 1, 256),
            StopsPerDisk = (int)OptionalInteger("diskCurrentStopDpLimit", storage.StopsPerDisk, 1, 256),
            OpenExtentsPerPartition = (int)OptionalInteger("cacheCap", storage.OpenExtentsPerPartition, 1, 100_000),
            DiskErrorsMax = (int)OptionalInteger("diskUnavailableErrorCount", storage.DiskErrorsMax, 1, 100),
            BrokenPartitionsMax = (int)OptionalInteger("diskUnavailablePartitionErrorCount", storage.BrokenPartitionsMax, 1, 100),
            OneRepairReadPerDisk = OptionalFlag("enableDiskReadRepairExtentLimit"),
        };
    }

    private DataPathSettings ReadDataPath()
    {
        const long buffersMax = (1024L << 30) / BufferPool.BlockBytes; // as the bound of cubeactors.data-path.buffer-budget
        const int smuxFrameBytes = 64 * 1024; // less could not hold one frame
        var settings = TunableReader.DataPath(Tunables);
        // To a CubeFS node less than none is no start, so that nobody runs without the limit that was meant.
        if (_file.Integer("buffersTotalLimit", out var buffers) == Found.Good && buffers < 0)
            throw Bad("buffersTotalLimit", _file.Describe("buffersTotalLimit"), "0 for the default, or a number of buffers of 128 KiB");
        buffers = OptionalInteger("buffersTotalLimit", 0, 1, buffersMax);
        var budget = buffers == 0 ? settings.BufferBudgetBytes : Math.Max(buffers * BufferPool.BlockBytes, TunableReader.BufferBudgetMin);
        if (buffers != 0 && budget != buffers * BufferPool.BlockBytes)
            Warn($"buffersTotalLimit is {_file.Describe("buffersTotalLimit")}, which is {Quantity.FormatBytes(buffers * BufferPool.BlockBytes)}; the least that works is {Quantity.FormatBytes(budget)}, and that is used");
        return settings with
        {
            BufferBudgetBytes = budget,
            SmuxUnreadBytesMax = (int)OptionalInteger("smuxMaxBuffer", settings.SmuxUnreadBytesMax, smuxFrameBytes, int.MaxValue),
        };
    }

    private MasterLinkSettings ReadMasterLink()
    {
        var link = TunableReader.MasterLink(Tunables);
        if (link.RetryMin > link.RetryMax)
            throw new SettingsException("cubeactors.master.retry-min is longer than cubeactors.master.retry-max; the wait grows from the first to the second");
        return link with
        {
            NameLookupPeriod = TimeSpan.FromMinutes(OptionalInteger("nameResolveInterval", 1, 1, 60)),
            ConnectionsMax = (int)RaisingInteger("httpPoolSize", link.ConnectionsMax, int.MaxValue),
        };
    }

    private RaftGroupSettings ReadRaftGroups()
    {
        var settings = TunableReader.RaftGroups(Tunables, ReadTick());
        return settings with { MessagesMax = (int)RaisingInteger("raftRecvBufSize", settings.MessagesMax, 1_000_000) };
    }

    /// <summary>Less than 300 ms counts as 300 ms. Source: CubeFS raftstore/raftstore.go NewRaftStore.</summary>
    /// <remarks>A JSON number only, of which whole milliseconds count; a string is 300 ms.</remarks>
    private TimeSpan ReadTick()
    {
        const double leastMilliseconds = 300, mostMilliseconds = 60_000;
        if (_file.Number("tickInterval", out var milliseconds) == Found.Absent) return TimeSpan.FromMilliseconds(leastMilliseconds);
        if (milliseconds is >= 0 and <= mostMilliseconds && _file.Number("tickInterval", out _) == Found.Good)
            return TimeSpan.FromMilliseconds(Math.Max(leastMilliseconds, Math.Truncate(milliseconds)));
        Warn($"tickInterval is {_file.Describe("tickInterval")}, taken as {leastMilliseconds}; accepted: a number, not a string, from {leastMilliseconds} to {mostMilliseconds}");
        return TimeSpan.FromMilliseconds(leastMilliseconds);
    }

    private RaftAlarmSettings ReadRaftAlarms()
    {
        var defaults = RaftAlarmSettings.Default;
        return new RaftAlarmSettings(
            Seconds("raftMonZombieThrSec", defaults.Zombie), Seconds("raftMonZombieTooLongThrSec", defaults.ZombieAgain),
            Seconds("raftMonNoLeaderThrSec", defaults.NoLeader), Seconds("raftMonNoLeaderTooLongThrSec", defaults.NoLeaderAgain));

        TimeSpan Seconds(string key, TimeSpan absent) => TimeSpan.FromSeconds(OptionalInteger(key, (long)absent.TotalSeconds, 1, (long)TimeSpan.FromDays(365).TotalSeconds));
    }
}
