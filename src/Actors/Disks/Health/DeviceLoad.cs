using CubeActors.Runtime.Files;

namespace CubeActors.Actors;

/// <summary>How busy a device was between the last two readings. Pure.</summary>
internal sealed class DeviceLoad
{
    private (string Path, TimeSpan Busy, TimeSpan At)? _last;

    /// <summary>The device, as <c>/dev/sdb1</c>; empty while it is not known.</summary>
    public string Device => _last?.Path ?? "";

    /// <summary>0 to 100; 0 before the second reading and where nothing is known.</summary>
    public double Percent { get; private set; }

    /// <param name="at">On whatever clock, the same for all readings.</param>
    public void Add(BlockDeviceUse? reading, TimeSpan at)
    {
        if (reading is not { } now)
        {
            (_last, Percent) = (null, 0);
            return;
        }

        // Another device, or a counter that began anew: there is nothing to compare with.
        Percent = _last is { } last && last.Path == now.Path && at > last.At && now.Busy >= last.Busy
            ? Math.Clamp((now.Busy - last.Busy) / (at - last.At) * 100, 0, 100) : 0;
        _last = (now.Path, now.Busy, at);
    }
}
