// A stand-in for Slate's styles and icons, and for where the plugin lies.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Runtime/SlateCore/FSlateIcon/__ctor (newest), Textures/FSlateIcon (5.4)
//   .../API/Runtime/SlateCore/Styling/FSlateStyleSet/Set (5.1), FSlateStyleRegistry/RegisterSlateStyle (5.5), UnRegisterSlateStyle (5.5)
//   .../API/Runtime/SlateCore/FSlateImageBrush/__ctor (newest)
//   .../API/Runtime/Projects/Interfaces/IPlugin/GetBaseDir (5.1, 5.5), IPluginManager/FindPlugin (5.3, 5.4, 5.5), FindEnabledPlugin (5.4,
//   newest), OnLoadingPhaseComplete (5.5), GetLastCompletedLoadingPhase (5.3)
#pragma once

#include "Shim/Object.h"

struct FSlateBrush
{
	FString ShimFile;
	double ShimSize = 0.0;
};
struct FSlateImageBrush : FSlateBrush
{
	FSlateImageBrush(const FString& InImageName, const FVector2D& InImageSize);
};
class ISlateStyle
{
public:
	virtual ~ISlateStyle() = default;
	virtual const FName& GetStyleSetName() const = 0;
	/// Null for a name that is not in it.
	const FSlateBrush* ShimBrush(const FName& In) const;

protected:
	std::map<FName, std::unique_ptr<FSlateBrush>> Brushes;
};
class FSlateStyleSet : public ISlateStyle
{
public:
	explicit FSlateStyleSet(const FName& InName) : Name(InName) {}
	const FName& GetStyleSetName() const override { return Name; }
	/// The set keeps it from now on.
	void Set(const FName& PropertyName, FSlateBrush* InBrush) { Brushes[PropertyName].reset(InBrush); }

private:
	FName Name;
};
class FSlateStyleRegistry
{
public:
	static void RegisterSlateStyle(const ISlateStyle& InSlateStyle);
	static void UnRegisterSlateStyle(const ISlateStyle& InSlateStyle);
	static const ISlateStyle* FindSlateStyle(const FName& InSlateStyleName);
	static int32 ShimCount();
};
class FSlateIcon
{
public:
	FSlateIcon() = default;
	FSlateIcon(FName InStyleSetName, FName InStyleName, FName InSmallStyleName) : Set(InStyleSetName), Name(InStyleName), Small(InSmallStyleName) {}
	bool IsSet() const { return !Name.IsNone(); }
	/// Whether both of its pictures are in a style that is there, and their files too.
	bool ShimIsThere() const;

private:
	FName Set;
	FName Name;
	FName Small;
};
class IPlugin
{
public:
	FString GetBaseDir() const;
};
/// .../API/Runtime/Projects/ELoadingPhase__Type; None before the first has ended.
namespace ELoadingPhase
{
	enum Type { EarliestPossible, PostConfigInit, PostSplashScreen, PreEarlyLoadingScreen, PreLoadingScreen, PreDefault, Default, PostDefault, PostEngineInit, None, Max };
}
class IPluginManager
{
public:
	using FLoadingModulesForPhaseEvent = TMulticastDelegate<ELoadingPhase::Type, bool>;
	static IPluginManager& Get();
	TSharedPtr<IPlugin> FindPlugin(const TCHAR* Name);
	TSharedPtr<IPlugin> FindEnabledPlugin(const TCHAR* Name);
	FLoadingModulesForPhaseEvent& OnLoadingPhaseComplete() { return Ended; }
	ELoadingPhase::Type GetLastCompletedLoadingPhase() const { return Last; }
	/// The engine has loaded all that belongs to this phase.
	void ShimEnd(ELoadingPhase::Type Phase)
	{
		Last = Phase;
		Ended.Broadcast(Phase, true);
	}
	/// Plugins that are on, by their names.
	TArray<FString> ShimEnabled;
	/// Somebody runs the modules from elsewhere.
	bool bShimKnows = true;

private:
	FLoadingModulesForPhaseEvent Ended;
	ELoadingPhase::Type Last = ELoadingPhase::None;
};
