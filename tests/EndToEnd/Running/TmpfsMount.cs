using System.Diagnostics;

namespace CubeActors.EndToEnd;

/// <summary>A disk that really is full after so many bytes. Needs the right to mount, which root has outside of most containers.</summary>
internal sealed class TmpfsMount : IDisposable
{
    public TmpfsMount(int bytes)
    {
        if (!TryMount(Path, bytes)) throw new InvalidOperationException($"no tmpfs can be mounted on {Path}");
    }

    /// <summary>Found out once, by doing it.</summary>
    public static bool IsPossible { get; } = Try();

    public string Path { get; } = Directory.CreateTempSubdirectory("cubeactors-tmpfs-").FullName;

    public void Dispose()
    {
        Assert.True(Run("umount", Path), $"{Path} is still mounted");
        Directory.Delete(Path);
    }

    private static bool Try()
    {
        var path = Directory.CreateTempSubdirectory("cubeactors-tmpfs-").FullName;
        var mounted = TryMount(path, 1 << 20);
        if (mounted) Run("umount", path);
        Directory.Delete(path);
        return mounted;
    }

    private static bool TryMount(string path, int bytes) => Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "none", path);

    private static bool Run(string command, params IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // there is no such command here
        }
    }
}

/// <summary>A test that mounts; skipped, with the reason, where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TmpfsFactAttribute : FactAttribute
{
    public TmpfsFactAttribute()
    {
        if (!TmpfsMount.IsPossible) Skip = "mounting a tmpfs is not allowed here; run as root for this one";
    }
}
