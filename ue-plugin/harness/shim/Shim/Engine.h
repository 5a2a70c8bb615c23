// A stand-in for the engine's hooks for time, and for settings.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Runtime/Engine/Engine/UTimecodeProvider (5.4, 5.5)
//   .../API/Runtime/Engine/Engine/UEngineCustomTimeStep (5.4, 5.5)
//   .../API/Runtime/TimeManagement/UFixedFrameRateCustomTimeStep, UGenlockedCustomTimeStep (5.1, 5.4)
//   .../API/Runtime/DeveloperSettings/Engine/UDeveloperSettings (5.4, 5.5)
#pragma once

#include "Shim/Object.h"

class UTimecodeProvider;
class UEngineCustomTimeStep;
/// API/Runtime/Engine/UEngine: SetTimecodeProvider, SetCustomTimeStep. Setting one initialises it.
class UEngine : public UObject
{
public:
	SHIM_CLASS(UEngine)
	UTimecodeProvider* GetTimecodeProvider() const { return Provider; }
	UEngineCustomTimeStep* GetCustomTimeStep() const { return Step; }
	bool SetTimecodeProvider(UTimecodeProvider* In);
	bool SetCustomTimeStep(UEngineCustomTimeStep* In);

private:
	UTimecodeProvider* Provider = nullptr;
	UEngineCustomTimeStep* Step = nullptr;
};
inline UEngine* GEngine = nullptr;
enum class ETimecodeProviderSynchronizationState { Closed, Error, Synchronized, Synchronizing };
class UTimecodeProvider : public UObject
{
public:
	SHIM_CLASS(UTimecodeProvider)
	float FrameDelay = 0.0f;
	virtual bool FetchTimecode(FQualifiedFrameTime&) { return false; }
	virtual void FetchAndUpdate() {}
	virtual FQualifiedFrameTime GetQualifiedFrameTime() const { return FQualifiedFrameTime(); }
	virtual ETimecodeProviderSynchronizationState GetSynchronizationState() const { return ETimecodeProviderSynchronizationState::Closed; }
	virtual bool Initialize(UEngine*) { return false; }
	virtual void Shutdown(UEngine*) {}
};
enum class ECustomTimeStepSynchronizationState { Closed, Error, Synchronized, Synchronizing };
class UEngineCustomTimeStep : public UObject
{
public:
	SHIM_CLASS(UEngineCustomTimeStep)
	virtual bool Initialize(UEngine*) = 0;
	virtual void Shutdown(UEngine*) = 0;
	virtual bool UpdateTimeStep(UEngine*) = 0;
	virtual ECustomTimeStepSynchronizationState GetSynchronizationState() const = 0;

protected:
	static void UpdateApplicationLastTime();
};
class UFixedFrameRateCustomTimeStep : public UEngineCustomTimeStep
{
public:
	SHIM_CLASS(UFixedFrameRateCustomTimeStep)
	virtual FFrameRate GetFixedFrameRate() const = 0;
};
class UGenlockedCustomTimeStep : public UFixedFrameRateCustomTimeStep
{
public:
	SHIM_CLASS(UGenlockedCustomTimeStep)
	virtual FFrameRate GetSyncRate() const { return GetFixedFrameRate(); }
	virtual uint32 GetLastSyncCountDelta() const { return 0; }
	virtual bool IsLastSyncDataValid() const { return false; }

protected:
	virtual bool WaitForSync() = 0;
	void UpdateAppTimes(const double& TimeBeforeSync, const double& TimeAfterSync) const;
};
class UDeveloperSettings : public UObject
{
public:
	SHIM_CLASS(UDeveloperSettings)
	virtual FName GetCategoryName() const { return FName(); }
};

namespace Shim
{
	/// What the custom time step told the application.
	struct FAppTimes
	{
		int32 LastTimes = 0;
		int32 Updates = 0;
		double Before = 0.0;
		double After = 0.0;
	};
	FAppTimes& AppTimes();
}
