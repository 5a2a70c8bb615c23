// The module that links the core: lifetime, log, and whether the core may be used at all.
#pragma once

#include "CoreMinimal.h"
#include "Containers/Ticker.h"
#include "Modules/ModuleManager.h"

CYCLORAMACORE_API DECLARE_LOG_CATEGORY_EXTERN(LogCyclorama, Log, All);

class CYCLORAMACORE_API FCycloramaCoreModule : public IModuleInterface
{
public:
	static FCycloramaCoreModule* Get();

	void StartupModule() override;
	void PreUnloadCallback() override;
	void ShutdownModule() override;

	/// False when the archive does not fit these headers; then everything stays off and says so.
	bool IsUsable() const { return bUsable; }

	/// Whether the module is there and its core fits. Asked by all who call the core before they do.
	static bool Usable();

	/// Of the core and its bridge, such as 0.1.0+1f2e3d4c: all nodes of a cluster have the same.
	static FString Version();

	/// Why the core was not used last on this thread.
	static FString LastError();

	/// Keeps as much of what the core says as the settings want.
	static void FollowSettings();

	/// Brings what the core said to the engine's log; the ticker calls it.
	void DrainLog();

private:
	/// The settings, the core's log, and the engine's end.
	void Follow();
	/// Those that link a plugin which may be off, once the plugins of the usual phase are there. The editor's come with it.
	void LoadParts();
	void EndSessions();

	bool bUsable = false;
	FTSTicker::FDelegateHandle Ticker;
	FDelegateHandle PreExit;
	FDelegateHandle PhaseEnded;
};
