namespace CubeActors.Runtime.Files;

/// <summary>Which start of the kernel this is. Two processes that read the same id share one page cache: nothing written was lost between them.</summary>
public static class KernelBoot
{
    private const string Path = "/proc/sys/kernel/random/boot_id";

    public static string ReadId()
    {
        try
        {
            return File.ReadAllText(Path).Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DiskFaultException("read the boot id", Path, cause: failure);
        }
    }
}
